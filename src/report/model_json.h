#pragma once
// write_json and read_json are the machine-readable report: report.json, canonical (RFC 8785), version 1.
//
//   KW_TRY(const auto model, report::read_json(text));
//
// The summary stands in the file for programs that do not compute it; read_json computes it again and takes a file only
// where write_json would give the same octets. So nothing in it is unread, said twice, or other than what follows from
// its lines. The form: docs/design/compliance.md, Report. PURE; thread-safe.
#include "report/model.h"

namespace kw::report {

inline constexpr std::size_t kMostReportJson = std::size_t{192} << 20;

[[nodiscard]] std::string write_json(const Model& model);
/// read_json: Errc::too_large, Errc::unsupported (version), Errc::malformed with the place, Errc::invalid as
/// check_model, Errc::corrupt where the text is not what write_json gives.
Result<Model> read_json(std::string_view text);

}  // namespace kw::report

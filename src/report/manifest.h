#pragma once
// Manifest names the parts of a report's bundle with their digests; write_manifest and read_manifest are its canonical
// JSON. Internal to src/report.
//
// read_manifest: Errc::too_large, malformed, unsupported (version), corrupt where the text is not canonical. PURE.
#include "crypto/sm3.h"
#include "report/bundle.h"

namespace kw::report {

struct ManifestFile {
  std::string name;
  std::uint64_t octets = 0;
  crypto::Digest digest{}, packed{};  // SM3 of the part, and of its octets in the archive
};
struct Manifest {
  std::string number;
  Timestamp made;
  std::vector<ManifestFile> files;  // in the order of the archive
};

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
Result<Manifest> read_manifest(std::string_view text);
/// is_file_name takes 1 to 64 of a-z, 0-9, '.', '-', not at the beginning.
[[nodiscard]] bool is_file_name(std::string_view name) noexcept;

}  // namespace kw::report

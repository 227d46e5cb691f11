#pragma once
// render_xlsx writes a report as a workbook: summary with native charts, clauses, findings line by line, subjects, the
// matrix of kiosks by requirements, records, items of other standards, ledger entries.
//
// It has every row, where pages stop at the first so many. libxlsxwriter writes files, so it works in `scratch`, a
// directory of the caller's, and leaves nothing there. Texts are texts: nothing in them becomes a formula. Errc::io.
#include "base/bytes.h"
#include "paper/document.h"
#include "report/summary.h"

namespace kw::paper {

Result<Bytes> render_xlsx(const report::Model& model, Language language, const std::string& scratch);

}  // namespace kw::paper

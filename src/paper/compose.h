#pragma once
// compose lays a report out as an assessor hands it in: cover, scope, summary with charts, clause table, findings,
// annexes. render_pdf and render_docx write what it gives.
//
// A page is for people: of long lists it takes the first so many and says where the rest is (the workbook and
// report.json have everything). PURE; thread-safe; wants a model that report::check_model has passed.
#include "paper/document.h"
#include "report/summary.h"

namespace kw::paper {

struct PageLimits {
  std::size_t kiosks = 2'000;  // rows of the annex
  std::size_t records = 200;
  std::size_t proofs = 100;
  std::size_t named_subjects = 12;  // of a finding
};

[[nodiscard]] Document compose(const report::Model& model, Language language, const PageLimits& limits = {});

}  // namespace kw::paper

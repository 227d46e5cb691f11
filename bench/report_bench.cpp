// links: report paper
// Prints how long a report of 1,000 kiosks takes: model, report.json, bundle, its check, PDF, Word, Excel; and how
// large they are. `--smoke` shows that it works; `--sample KIOSKS` writes report.json of an invented city and stops.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "paper/compose.h"
#include "paper/docx.h"
#include "paper/pdf.h"
#include "paper/xlsx.h"
#include "report/bundle.h"
#include "report/model_json.h"
#include "report/testing/sample.h"

namespace {

namespace report = kw::report;
namespace paper = kw::paper;

/// Runs something once and prints its time.
template <class Work>
auto timed(const char* name, Work work) {
  const auto from = std::chrono::steady_clock::now();
  auto out = work();
  std::printf("%-28s %7.3f s\n", name, std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count());
  return out;
}
double megabytes(std::size_t octets) { return static_cast<double>(octets) / 1e6; }

template <class T>
T taken(kw::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().text().c_str());
    std::exit(1);
  }
  return std::move(*result);
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  report::testing::SampleSize size{
      .kiosks = 1'000, .sites = 120, .districts = 10, .fault_every = 400, .entries = 4'096};
  if (smoke) size = {.kiosks = 8, .sites = 3, .districts = 2, .fault_every = 40, .entries = 64};
  if (argc > 2 && std::strcmp(argv[1], "--sample") == 0) {
    size.kiosks = std::strtoul(argv[2], nullptr, 10);
    size.sites = size.kiosks / 8 + 2;
    size.districts = size.kiosks > 50 ? 10 : 2;
    size.fault_every = size.kiosks > 50 ? 400 : 90;
    size.entries = 64;
    const auto text = report::write_json(report::testing::make_sample(size));
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  }
  const auto model = timed("judged, and the model", [&] { return report::testing::make_sample(size); });
  const auto text = timed("report.json written", [&] { return report::write_json(model); });
  (void)timed("report.json read and checked", [&] { return taken(report::read_json(text)); });
  const auto document = timed("laid out", [&] { return paper::compose(model, paper::Language::zh); });
  auto pdf = timed("PDF", [&] { return taken(paper::render_pdf(document)); });
  auto docx = timed("Word", [&] { return taken(paper::render_docx(document, pdf.headings)); });
  const auto scratch = std::filesystem::temp_directory_path().string();
  auto xlsx = timed("Excel", [&] { return taken(paper::render_xlsx(model, paper::Language::zh, scratch)); });
  std::printf("%d pages; report.json %.1f MB, PDF %.2f, Word %.2f, Excel %.2f MB\n", pdf.pages, megabytes(text.size()),
              megabytes(pdf.octets.size()), megabytes(docx.size()), megabytes(xlsx.size()));
  std::vector<report::RenderedFile> files;
  files.push_back({"report.zh.pdf", std::move(pdf.octets)});
  files.push_back({"report.zh.docx", std::move(docx)});
  files.push_back({"report.zh.xlsx", std::move(xlsx)});
  const auto key = report::testing::sample_key();
  const auto bundle = timed("bundle, signed", [&] { return taken(report::build_bundle(model, files, key)); });
  const auto verdict = timed("verify report", [&] { return report::check_bundle(bundle, key.public_key()); });
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf("bundle %.2f MB, %zu lines, %zu proofs; at most %ld MiB resident\n", megabytes(bundle.size()),
              verdict.lines, verdict.proofs, used.ru_maxrss / 1024);
  return verdict.fault == report::BundleFault::none && pdf.unknown_glyphs == 0 && pdf.pages > 10 ? 0 : 1;
}

#include "paper/report_main.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "crypto/sm3.h"
#include "paper/compose.h"
#include "paper/docx.h"
#include "paper/pdf.h"
#include "paper/xlsx.h"
#include "platform/linux/durable_file.h"
#include "report/model_json.h"

namespace kw::paper {
namespace {

constexpr std::string_view kReportHelp =
    "usage: kioskward-report --out DIR [--lang zh|en] [--format pdf,docx,xlsx] < report.json\n"
    "  renders a report; signs nothing. exit code: 0 done, 1 failed, 2 wrong arguments\n";

struct ReportCall {
  std::string directory, language = "zh";
  std::vector<std::string> formats{"pdf", "docx", "xlsx"};
};

std::optional<ReportCall> parse_call(std::span<const std::string> args) {
  ReportCall out;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    if (i + 1 >= args.size()) return std::nullopt;
    const auto& value = args[i + 1];
    if (args[i] == "--out") {
      out.directory = value;
    } else if (args[i] == "--lang" && (value == "zh" || value == "en")) {
      out.language = value;
    } else if (args[i] == "--format") {
      out.formats.clear();
      std::istringstream list(value);
      for (std::string one; std::getline(list, one, ',');) {
        if (one != "pdf" && one != "docx" && one != "xlsx") return std::nullopt;
        out.formats.push_back(one);
      }
    } else {
      return std::nullopt;
    }
  }
  if (out.directory.empty() || out.formats.empty()) return std::nullopt;
  return out;
}

Result<std::string> read_all(int from) {
  std::string out;
  std::array<char, 65'536> piece{};
  while (true) {
    const auto got = ::read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::io, "standard input");
    if (got == 0) return out;
    out.append(piece.data(), static_cast<std::size_t>(got));
    if (out.size() > report::kMostReportJson) return fail(Errc::too_large, "report.json");
  }
}

class Renderer {
 public:
  Renderer(const ReportCall& call, std::ostream& out) : call_(call), out_(out) {}

  Result<> render(const report::Model& model) {
    const auto language = call_.language == "zh" ? Language::zh : Language::en;
    const auto wants = [&](std::string_view format) {
      return std::ranges::find(call_.formats, format) != call_.formats.end();
    };
    if (wants("pdf") || wants("docx")) {
      const auto document = compose(model, language);
      KW_TRY(const auto pdf, render_pdf(document));  // the contents of Word need its pages
      if (wants("pdf")) KW_CHECK(put("pdf", pdf.octets, ", " + std::to_string(pdf.pages) + " pages"));
      if (pdf.unknown_glyphs > 0)
        return fail(Errc::unavailable, "no font has " + std::to_string(pdf.unknown_glyphs) +
                                           " of the report's characters: install fonts-noto-cjk");
      if (wants("docx")) {
        KW_TRY(const auto docx, render_docx(document, pdf.headings));
        KW_CHECK(put("docx", docx, {}));
      }
    }
    if (!wants("xlsx")) return {};
    KW_TRY(const auto xlsx, render_xlsx(model, language, call_.directory));
    return put("xlsx", xlsx, {});
  }

 private:
  Result<> put(std::string_view format, ByteView octets, const std::string& more) {
    const auto name = "report." + call_.language + "." + std::string(format);
    KW_CHECK(platform::write_file_durably((std::filesystem::path(call_.directory) / name).string(), octets));
    out_ << name << ": " << octets.size() << " octets, SM3 " << to_hex(crypto::sm3(octets)) << more << "\n";
    return {};
  }
  const ReportCall& call_;
  std::ostream& out_;
};

Result<> run_call(const ReportCall& call, int in, std::ostream& out) {
  KW_TRY(auto text, read_all(in));
  KW_TRY(const auto model, report::read_json(text));
  text = {};
  return Renderer(call, out).render(model);
}

}  // namespace

int report_main(std::span<const std::string> args, int in, std::ostream& out, std::ostream& err) {
  const auto call = parse_call(args);
  if (!call) {
    err << kReportHelp;
    return 2;
  }
  if (const auto done = run_call(*call, in, out); !done) {
    err << "kioskward-report: " << done.error().text() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace kw::paper

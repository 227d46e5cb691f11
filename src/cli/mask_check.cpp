#include "cli/mask_check.h"

#include <iomanip>
#include <ostream>

#include "cli/options.h"
#include "masking/gate.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

using masking::text_of_count;

constexpr std::string_view kMaskHelp =
    "usage: kioskward mask check FILE... [--catalogue DIR]\n"
    "  Counts how many candidates each mask of these profiles leaves, and what they show together.\n"
    "  --catalogue DIR  where fields.toml and regions.txt are (catalogue/masks)\n"
    "Give all profiles at once: two that are good alone may not be good together.\n"
    "exit code: 0 the gate lets them through, 3 it refuses, 1 a file could not be read\n";

Result<masking::Catalogue> load_catalogue(const std::string& directory) {
  KW_TRY(const auto fields, platform::read_file(directory + "/fields.toml", masking::kMostCatalogue));
  KW_TRY(const auto regions, platform::read_file(directory + "/regions.txt", masking::kMostCatalogue));
  return masking::parse_catalogue(text_of(fields), text_of(regions));
}

Result<masking::GateReport> check_files(const Options& options) {
  KW_TRY(const auto catalogue,
         load_catalogue(options.has("catalogue") ? options.value("catalogue") : "catalogue/masks"));
  std::vector<masking::Profile> profiles;
  for (const auto& path : std::span(options.positional()).subspan(1)) {
    KW_TRY(const auto text, platform::read_file(path, masking::kMostMaskProfile));
    auto profile = masking::parse_mask_profile(text_of(text), catalogue);
    if (!profile) return profile.error().within(path);
    profiles.push_back(std::move(*profile));
  }
  return masking::examine(catalogue, profiles);
}

void print_figures(std::ostream& out, const masking::GateReport& report) {
  out << std::left << std::setw(12) << "role" << std::setw(24) << "kind" << std::right << std::setw(24) << "fewest"
      << std::setw(28) << "mean" << std::setw(12) << "asked for" << "\n";
  for (const auto& figure : report.figures) {
    const auto asked = figure.least == 0 ? std::string("-") : text_of_count(figure.least);
    out << std::left << std::setw(12) << figure.role << std::setw(24) << figure.kind << std::right << std::setw(24)
        << text_of_count(figure.fewest) << std::setw(28) << text_of_count(figure.mean) << std::setw(12) << asked;
    if (!figure.reason.empty()) out << "  reason: " << figure.reason;
    out << "\n";
  }
}

}  // namespace

int run_mask(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, {{"catalogue", true}, {"help", false}});
  if (options && options->has("help")) {
    terminal.out << kMaskHelp;
    return kDone;
  }
  if (!options || options->positional().size() < 2 || options->positional()[0] != "check") {
    if (!options) terminal.err << "mask: " << options.error().text() << "\n";
    terminal.err << kMaskHelp;
    return kUsage;
  }
  const auto report = check_files(*options);
  if (!report) {
    terminal.err << "mask: " << report.error().text() << "\n";
    return kFailed;
  }
  print_figures(terminal.out, *report);
  for (const auto& refusal : report->refusals) terminal.out << "refused: " << refusal.text() << "\n";
  return report->good() ? kDone : kRefused;
}

}  // namespace kw::cli

#include "cli/dictionary.h"

#include <boost/json.hpp>
#include <fstream>
#include <ostream>

#include "cli/options.h"
#include "landing/scanner.h"
#include "platform/linux/durable_file.h"
#include "vault/record.h"
#include "vault/record_dictionary.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostSamples = 64 << 20, kDictionaryOctets = 16 * 1024, kMostSampleLines = 100'000;
constexpr std::string_view kDictionaryHelp =
    "usage: kioskward dictionary train MATTER --samples FILE --out FILE\n"
    "  Makes the dictionary that records of a matter are compressed with.\n"
    "  --samples FILE  a line is one record: {\"field\": \"value\", ...}, as JSON. Invented ones: a dictionary is "
    "public\n"
    "  --out FILE      put it into the catalogue as dictionaries/MATTER.zdict\n"
    "exit code: 0 made, 3 a sample holds a number that says who somebody is, 1 nothing could be made\n";

/// payload_of makes one record's octets of a line.
Result<SecretBytes> payload_of(const std::string& matter, std::string_view line) {
  json::error_code error;
  const auto value = json::parse(line, error);
  if (error || !value.is_object()) return fail(Errc::malformed, "a line is one JSON object");
  vault::Record record(matter);
  for (const auto& item : value.get_object()) {
    if (!item.value().is_string()) return fail(Errc::malformed, "values are texts");
    KW_CHECK(record.text(item.key(), item.value().get_string()));
  }
  return record.serialised();
}

Result<std::vector<SecretBytes>> payloads(const std::string& matter, ByteView file) {
  std::vector<SecretBytes> out;
  for (auto rest = text_of(file); !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0) {
      auto one = payload_of(matter, rest.substr(0, end));
      if (!one) return one.error().within("line " + std::to_string(out.size() + 1));
      out.push_back(std::move(*one));
    }
    if (out.size() > kMostSampleLines) return fail(Errc::too_large, "samples");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

Result<> train_file(const Options& options) {
  const auto matter = options.positional()[1];
  KW_TRY(const auto file, platform::read_file(options.value("samples"), kMostSamples));
  landing::Scanner scan;
  scan.put(file);
  KW_TRY(const auto report, scan.finish());
  if (!report.clean()) return fail(Errc::forbidden, "samples: " + text(report.hits.front()));
  KW_TRY(const auto samples, payloads(matter, file));
  std::vector<ByteView> views;
  for (const auto& one : samples) views.push_back(one.reveal());
  KW_TRY(const auto made, vault::train_dictionary(views, kDictionaryOctets));
  return platform::write_file_durably(options.value("out"), made, 0644);
}

}  // namespace

int run_dictionary(std::span<const std::string> args, Terminal& terminal) {
  const auto options = Options::parse(args, {{"samples", true}, {"out", true}, {"help", false}});
  if (options && options->has("help")) {
    terminal.out << kDictionaryHelp;
    return kDone;
  }
  if (!options || options->positional().size() != 2 || options->positional()[0] != "train" ||
      !options->has("samples") || !options->has("out")) {
    if (!options) terminal.err << "dictionary: " << options.error().text() << "\n";
    terminal.err << kDictionaryHelp;
    return kUsage;
  }
  const auto made = train_file(*options);
  if (made) return kDone;
  terminal.err << "dictionary: " << made.error().text() << "\n";
  return made.code() == Errc::forbidden ? kRefused : kFailed;
}

}  // namespace kw::cli

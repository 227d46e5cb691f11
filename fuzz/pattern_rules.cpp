// links: patterns
// A file of rules, a zero octet, and a text: what is compiled finds the same in pieces as in one.
#include <cstdlib>

#include "landing/scanner.h"
#include "patterns/database.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  const auto text = text_of({data, size});
  const auto rules = patterns::parse_pattern_rules(text.substr(0, text.find('\0')));
  if (!rules || text.find('\0') == text.npos) return 0;
  const auto database = patterns::PatternDatabase::compile(*rules);
  if (!database) return 0;
  const auto octets = bytes_of(text.substr(text.find('\0') + 1));
  const auto scan = [&](size_t piece) {
    auto stream = patterns::PatternStream::open(*database);
    landing::Scanner scanner(&*stream);
    for (size_t at = 0; at < octets.size(); at += piece)
      scanner.put(octets.subspan(at, std::min(piece, octets.size() - at)));
    return scanner.finish()->hits;
  };
  if (scan(7) != scan(octets.size() + 1)) std::abort();
  return 0;
}

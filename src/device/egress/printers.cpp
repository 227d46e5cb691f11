#include "device/egress/printers.h"

#include <algorithm>

#include "base/text.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostPrinterText = 128;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool writes_files(std::string_view uri) {
  const auto low = lower(uri);
  if (low.starts_with("cups-pdf:") || low.starts_with("pdf:") || low.starts_with("tofile:")) return true;
  if (!low.starts_with("file:")) return false;
  const auto path =
      low.substr(low.find_first_not_of('/', 5) == std::string::npos ? low.size() : low.find_first_not_of('/', 5));
  return !path.starts_with("dev/");
}

}  // namespace

std::vector<FilePrinter> file_printers(std::string_view text) {
  std::vector<FilePrinter> out;
  std::string name;
  while (!text.empty() && out.size() < kMostPrinters) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto low = lower(line);
    if (line.starts_with('<')) {
      const auto blank = line.find(' ');
      const bool opens = low.starts_with("<printer ") || low.starts_with("<defaultprinter ");
      name = opens ? std::string(trimmed(line.substr(blank, line.find('>') - blank))) : std::string();
    } else if (!name.empty() && low.starts_with("deviceuri ")) {
      const auto uri = trimmed(line.substr(10));
      if (writes_files(uri)) out.push_back({clean_text(name, kMostPrinterText), clean_text(uri, kMostPrinterText)});
    }
  }
  return out;
}

}  // namespace kw::device

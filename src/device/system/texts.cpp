#include "device/system/texts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "base/text.h"
#include "device/address_text.h"
#include "device/system/control_file.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostSockets = 4096;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < line.size();) {
    const auto begin = line.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    const auto end = std::min(line.find_first_of(" \t\r\n", begin), line.size());
    out.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return out;
}

/// lines calls `take` with each line until it says no.
template <class Take>
void lines(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (!take(text.substr(0, end))) return;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

bool yes(std::string_view value) {
  const auto word = lower(value);
  return word == "yes" || word == "true" || word == "1" || word == "on" || word == "enable" || word == "with";
}

// Words of 32 bits in the machine's order, which is little-endian wherever a kiosk runs.
std::string address_of(std::string_view hex) {
  const auto octets = from_hex(hex);
  if (!octets || (octets->size() != 4 && octets->size() != 16)) return {};
  std::string out;
  for (std::size_t word = 0; word < octets->size(); word += 4)
    for (std::size_t i = 4; i > 0; --i) {
      const auto octet = (*octets)[word + i - 1];
      if (octets->size() == 4)
        out += (out.empty() ? "" : ".") + std::to_string(octet);
      else
        out += (i % 2 == 0 && !out.empty() ? ":" : "") + to_hex(ByteView(&octet, 1));
    }
  return canonical_address(out);
}
template <class Number>
bool number(std::string_view text, Number& out, int base) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return wrong == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::map<std::string, std::string> parse_os_release(std::string_view text) {
  std::map<std::string, std::string> out;
  lines(text, [&](std::string_view line) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos || equals == 0) return true;
    auto value = line.substr(equals + 1);
    while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    out.try_emplace(std::string(line.substr(0, equals)), value);
    return out.size() < 64;
  });
  return out;
}

std::vector<std::string> serial_consoles(std::string_view cmdline) {
  static constexpr std::array<std::string_view, 6> kSerial = {"ttyS", "ttyAMA", "ttyUSB", "ttyACM", "ttymxc", "hvc"};
  std::vector<std::string> out;
  for (const auto word : words_of(cmdline)) {
    if (!word.starts_with("console=")) continue;
    const auto line = word.substr(8, word.substr(8).find(','));
    if (std::ranges::any_of(kSerial, [&](std::string_view kind) { return line.starts_with(kind); }))
      out.emplace_back(line);
  }
  return out;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

Result<std::vector<ListenerSeen>> parse_sockets(std::string_view table, std::string_view protocol) {
  std::vector<ListenerSeen> out;
  bool first = true, bad = false;
  lines(table, [&](std::string_view line) {
    if (std::exchange(first, false)) return true;  // the heading
    const auto words = words_of(line);
    if (words.empty()) return true;
    ListenerSeen one{std::string(protocol), {}, 0, 0, {}};
    unsigned state = 0;
    const auto colon = words.size() > 9 ? words[1].find(':') : std::string_view::npos;
    bad = colon == std::string_view::npos || (one.address = address_of(words[1].substr(0, colon))).empty() ||
          !number(words[1].substr(colon + 1), one.port, 16) || !number(words[3], state, 16) ||
          !number(words[9], one.inode, 10);
    if (bad) return false;
    const auto peer = words[2].find_first_not_of("0:");
    const bool open = protocol == "tcp" ? state == 0x0a : peer == std::string_view::npos;
    if (open && !is_loopback(one.address)) out.push_back(std::move(one));
    return out.size() < kMostSockets;
  });
  if (bad) return fail(Errc::malformed, "a line of the socket table");
  return out;
}

std::vector<std::string> unsigned_options(std::string_view sources) {
  std::vector<std::string> out;
  lines(sources, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 3 || (words[0] != "deb" && words[0] != "deb-src")) return true;
    const auto open = line.find('['), close = line.find(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return true;
    bool loose = false;
    for (const auto option : words_of(line.substr(open + 1, close - open - 1))) {
      const auto equals = option.find('=');
      const auto name = lower(option.substr(0, equals));
      if (equals != std::string_view::npos && (name == "trusted" || name == "allow-insecure" || name == "allow-weak"))
        loose = loose || yes(option.substr(equals + 1));
    }
    const auto rest = words_of(line.substr(close + 1));
    if (loose) out.emplace_back(rest.empty() ? line : rest[0]);
    return out.size() < 64;
  });
  ControlFile file(sources);
  while (const auto* entry = file.next()) {
    const auto uris = entry->get("URIs");
    if (!uris.empty() && out.size() < 64 &&
        (yes(entry->get("Trusted")) || yes(entry->get("Allow-Insecure")) || yes(entry->get("Allow-Weak"))))
      out.emplace_back(uris);
  }
  return out;
}

}  // namespace kw::device

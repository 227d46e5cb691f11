#include "net/url.h"

namespace kw::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<> check_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return fail(Errc::malformed, "path");
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('/'), rest.size());
    const auto segment = rest.substr(0, end);
    if (segment.empty() || segment == "." || segment == "..") return fail(Errc::malformed, "path segment");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (path.find('\\') != std::string_view::npos) return fail(Errc::malformed, "path");
  return {};
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return fail(Errc::malformed, "escape");
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return fail(Errc::malformed, "escape");
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && form) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return fail(Errc::malformed, "control character");
    out.push_back(c);
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out += {'%', kHex[octet >> 4], kHex[octet & 15]};
    }
  }
  return out;
}

Result<RequestTarget> parse_target(std::string_view target) {
  RequestTarget out;
  const auto mark = target.find('?');
  KW_TRY(out.path, percent_decode(target.substr(0, mark)));
  KW_CHECK(check_path(out.path));
  if (mark == std::string_view::npos) return out;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto item = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (item.empty()) continue;
    const auto equals = std::min(item.find('='), item.size());
    KW_TRY(auto name, percent_decode(item.substr(0, equals), true));
    KW_TRY(auto value, percent_decode(item.substr(std::min(equals + 1, item.size())), true));
    if (!out.query.emplace(std::move(name), std::move(value)).second) return fail(Errc::malformed, "query name twice");
  }
  return out;
}

}  // namespace kw::net

#include "device/programs/packages.h"

#include <algorithm>

namespace kw::device {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0; from < text.size();) {
    const auto to = std::min(text.find('\n', from), text.size());
    out.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

bool has_dots(std::string_view path) {
  return path == ".." || path.starts_with("../") || path.ends_with("/..") ||
         path.find("/../") != std::string_view::npos;
}

}  // namespace

Result<std::vector<PackageFile>> parse_md5sums(std::string_view text) {
  std::vector<PackageFile> out;
  std::size_t number = 0;
  for (const auto line : lines_of(text)) {
    ++number;
    if (line.empty()) continue;
    if (out.size() >= kMostPackageFiles) return fail(Errc::too_large, "a package with more than 200,000 files");
    const auto octets = from_hex(line.substr(0, 32));
    const auto md5 = octets ? to_array<16>(*octets) : Result<std::array<Byte, 16>>(Error(Errc::malformed));
    if (!md5 || line.size() < 35 || line.substr(32, 2) != "  " || line[34] == '/' || has_dots(line.substr(34)))
      return fail(Errc::malformed, "line " + std::to_string(number));
    out.push_back({*md5, "/" + std::string(line.substr(34))});
  }
  return out;
}

Result<std::map<std::string, Diversion>> parse_diversions(std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.size() % 3 != 0) return fail(Errc::malformed, "diversions come in three lines each");
  std::map<std::string, Diversion> out;
  for (std::size_t i = 0; i < lines.size(); i += 3) {
    if (!lines[i].starts_with('/') || !lines[i + 1].starts_with('/'))
      return fail(Errc::malformed, "line " + std::to_string(i + 1));
    out[std::string(lines[i])] = {std::string(lines[i + 1]), std::string(lines[i + 2])};
  }
  return out;
}

bool looks_like_program(std::string_view path, unsigned mode, ByteView head, const std::vector<std::string>& suffixes) {
  if ((mode & 0111U) != 0) return true;
  const auto begins = [&](std::string_view sign) { return text_of(head).starts_with(sign); };
  return begins(
             "\x7f"
             "ELF") ||
         begins("#!") || std::ranges::any_of(suffixes, [&](const auto& suffix) { return path.ends_with(suffix); });
}

bool is_loader(std::string_view path) {
  const auto name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  return (name.starts_with("ld-") || name.starts_with("ld.so")) && name.find(".so") != std::string_view::npos;
}

}  // namespace kw::device

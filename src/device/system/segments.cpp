#include "device/system/segments.h"

#include <algorithm>
#include <charconv>

namespace kw::device {
namespace {

constexpr std::uint64_t kToBeRemoved = 01000;  // SHM_DEST

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> out;
  while (!line.empty()) {
    const auto from = line.find_first_not_of(' ');
    if (from == std::string_view::npos) break;
    line.remove_prefix(from);
    out.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(out.back().size());
  }
  return out;
}

std::string_view id_column(Segment::Kind kind) {
  return kind == Segment::Kind::memory ? "shmid" : kind == Segment::Kind::semaphores ? "semid" : "msqid";
}

}  // namespace

Result<std::vector<Segment>> parse_segments(Segment::Kind kind, std::string_view text) {
  const auto line_of = [&text] {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
  };
  const auto heads = columns_of(line_of());
  const auto place = [&](std::string_view name) -> Result<std::size_t> {
    const auto at = std::ranges::find(heads, name);
    if (at == heads.end()) return fail(Errc::malformed, "sysvipc: no column " + std::string(name));
    return static_cast<std::size_t>(at - heads.begin());
  };
  KW_TRY(const auto id, place(id_column(kind)));
  KW_TRY(const auto permissions, place("perms"));
  KW_TRY(const auto owner, place("uid"));
  KW_TRY(const auto made, place("ctime"));
  std::vector<Segment> out;
  while (!text.empty()) {
    const auto words = columns_of(line_of());
    if (words.empty()) continue;
    if (out.size() == kMostSegments) return fail(Errc::too_large, "sysvipc");
    const auto number = [&](std::size_t at, auto& to, int base = 10) {
      if (at >= words.size()) return false;
      const auto* end = words[at].data() + words[at].size();
      const auto read = std::from_chars(words[at].data(), end, to, base);
      return read.ec == std::errc() && read.ptr == end;
    };
    Segment one;
    one.kind = kind;
    std::uint64_t bits = 0;
    std::int64_t seconds = 0;
    if (!number(id, one.id) || !number(permissions, bits, 8) || !number(owner, one.owner) || !number(made, seconds) ||
        seconds < 0 || seconds > INT32_MAX * std::int64_t{4})
      return fail(Errc::malformed, "sysvipc: a line");
    one.made = Timestamp::from_seconds(seconds);
    one.removed = (bits & kToBeRemoved) != 0;
    out.push_back(one);
  }
  return out;
}

}  // namespace kw::device

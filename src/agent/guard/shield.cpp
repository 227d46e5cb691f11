#include "agent/guard/shield.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "crypto/sm3.h"
#include "kioskward/v1/boundary.pb.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

using platform::UniqueFd;
constexpr std::array<std::string_view, 3> kModes{"off", "watch", "restore"};
constexpr std::size_t kMostSmall = 256U << 10;
constexpr std::size_t kMostProgram = 256U << 20;

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

/// Reads in pieces, so that the program is never in memory as a whole; Errc::too_large.
Result<> read_all(int fd, std::size_t most, const std::function<Result<>(ByteView)>& take) {
  std::array<Byte, 65536> part{};
  for (std::size_t at = 0;;) {
    const auto n = ::pread(fd, part.data(), part.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("read");
    if (n == 0) return {};
    at += static_cast<std::size_t>(n);
    if (at > most) return fail(Errc::too_large);
    KW_CHECK(take(ByteView(part.data(), static_cast<std::size_t>(n))));
  }
}

std::string directory_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

}  // namespace

std::string_view name(Shield::Mode mode) noexcept { return kModes.at(static_cast<std::size_t>(mode)); }

std::optional<Shield::Mode> parse_shield_mode(std::string_view word) noexcept {
  const auto found = std::ranges::find(kModes, word);
  if (found == kModes.end()) return std::nullopt;
  return static_cast<Shield::Mode>(found - kModes.begin());
}

Shield::Look Shield::look_at(const std::string& path) {
  struct stat s{};
  if (::lstat(path.c_str(), &s) != 0) return {};
  return {s.st_dev,
          s.st_ino,
          static_cast<std::uint64_t>(s.st_size),
          nanoseconds(s.st_mtim),
          nanoseconds(s.st_ctim),
          s.st_mode,
          s.st_uid,
          s.st_gid,
          true};
}

Shield::Content Shield::content_of(const std::string& path, Bytes* octets) {
  const auto look = look_at(path);
  if (!look.there) return {};
  Content out{"unreadable", look.mode & 07777, look.uid, look.gid};
  if (S_ISLNK(look.mode)) {
    std::error_code ec;
    const auto target = std::filesystem::read_symlink(path, ec);
    if (!ec) out.word = "-> " + target.string();
    return out;
  }
  // The path may belong to the unprivileged process's directory: nothing is followed, nothing blocks.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd || !S_ISREG(look.mode)) return out;
  crypto::Sm3 digest;
  const auto read = read_all(fd.get(), octets == nullptr ? kMostProgram : kMostSmall, [&](ByteView part) -> Result<> {
    digest.update(part);
    if (octets != nullptr) append(*octets, part);
    return {};
  });
  if (read) out.word = to_hex(digest.finish());
  return out;
}

void Shield::add(Kind kind, const std::string& path, std::string unit, std::string staging, UniqueFd image) {
  if (mode_ == Mode::off) return;
  Item item;
  item.kind = kind;
  item.unit = std::move(unit);
  item.staging = staging.empty() ? directory_of(path) : std::move(staging);
  item.image = std::move(image);
  items_.insert_or_assign(path, std::move(item));
}

void Shield::add_file(const std::string& path, std::string staging) {
  add(Kind::file, path, {}, std::move(staging), {});
}
void Shield::add_unit(const std::string& path) { add(Kind::unit, path, {}, {}, {}); }
void Shield::add_program(const std::string& path, UniqueFd image) {
  add(Kind::program, path, {}, {}, std::move(image));
}
void Shield::add_enabling(const std::string& path, const std::string& unit) { add(Kind::enabling, path, unit, {}, {}); }
void Shield::add_mask(const std::string& path, const std::string& unit) { add(Kind::mask, path, unit, {}, {}); }

void Shield::begin() {
  if (mode_ == Mode::off) return;
  const auto known = last_known();
  for (auto& [path, item] : items_) {
    item.look = look_at(path);
    item.wanted = content_of(path, item.kind == Kind::file || item.kind == Kind::unit ? &item.octets : nullptr);
    const auto before = known.find(path);
    // What is absent is not held, but for what must be; a mask that is there is the operator's own word.
    item.held = item.kind == Kind::mask ? item.wanted.word.empty() : !item.wanted.word.empty();
    if (ours_.contains(path)) continue;
    if (known.empty() || (before == known.end() ? std::string() : before->second) == item.wanted.word) continue;
    ports_.log.warning("shield.changed_while_away", {{"path", path}});
    ports_.events.record(make_event("agent.files.changed", "observed",
                                    {{"path", path},
                                     {"how", "while_away"},
                                     {"before", before == known.end() ? "" : before->second},
                                     {"after", item.wanted.word},
                                     {"restored", "false"}}));
  }
  note_known();
}

std::map<std::string, std::string> Shield::last_known() {
  std::map<std::string, std::string> out;
  const auto file = ports_.state.read(StateFile::shield);
  if (!file || !*file) return out;
  const auto known = schema::parse<v1::KnownFiles>(**file, kMostSmall);
  if (!known) ports_.log.error("shield.unreadable", {{"error", known.error().text()}});
  if (known)
    for (const auto& entry : known->files()) out[entry.first] = entry.second;
  return out;
}

void Shield::note_known() {
  v1::KnownFiles known;
  known.set_version(1);
  for (const auto& [path, item] : items_)
    if (!item.wanted.word.empty()) (*known.mutable_files())[path] = item.wanted.word;
  if (const auto stored = ports_.state.write(StateFile::shield, schema::serialise(known)); !stored)
    ports_.log.error("shield.not_stored", {{"error", stored.error().text()}});
}

void Shield::check() {
  if (mode_ == Mode::off) return;
  tell_state();
  for (auto& [path, item] : items_)
    if (item.held) check_item(path, item);
  if (std::exchange(uninstalling_, false))
    ports_.events.record(make_event("agent.uninstall.refused", mode_ == Mode::restore ? "blocked" : "observed",
                                    {{"order", ""}, {"reason", "no_order"}}));
}

void Shield::check_item(const std::string& path, Item& item) {
  const auto look = look_at(path);
  if (item.look && look == *item.look) return;
  item.look = look;
  Bytes octets;
  const auto found = content_of(path, item.kind == Kind::program ? nullptr : &octets);
  if (found == item.wanted) {
    astray_.erase(path);
    return;
  }
  bool restored = false;
  if (mode_ == Mode::restore) {
    if (const auto done = restore(path, item); !done) {
      ports_.log.error("shield.not_restored", {{"path", path}, {"error", done.error().text()}});
      item.look.reset();  // tried again at the next check
    } else {
      restored = true;
      item.look = look_at(path);
    }
  }
  const bool known = astray_.contains(path);
  restored ? void(astray_.erase(path)) : void(astray_.insert(path));
  if (!known || restored) tell(path, item, found, restored);
}

Result<> Shield::restore(const std::string& path, const Item& item) {
  std::error_code ec;
  std::filesystem::create_directories(directory_of(path), ec);
  if (ec) return fail(Errc::io, ec.message());
  switch (item.kind) {
    case Kind::mask:
      return platform::remove_file_durably(path);
    case Kind::enabling:
      KW_CHECK(platform::remove_file_durably(path));
      std::filesystem::create_symlink(item.wanted.word.substr(3), path, ec);
      if (ec) return fail(Errc::io, ec.message());
      return {};
    case Kind::file:
    case Kind::unit:
    case Kind::program:
      break;
  }
  if (std::filesystem::is_directory(std::filesystem::symlink_status(path, ec))) std::filesystem::remove_all(path, ec);
  const platform::FileOwner owner{item.wanted.uid, item.wanted.gid};
  if (item.kind != Kind::program)
    return platform::write_file_durably_for(owner, item.staging, path, item.octets, item.wanted.mode);
  Bytes program;
  KW_CHECK(read_all(item.image.get(), kMostProgram, [&](ByteView part) -> Result<> {
    append(program, part);
    return {};
  }));
  return platform::write_file_durably_for(owner, item.staging, path, program, item.wanted.mode);
}

void Shield::tell(const std::string& path, const Item& item, const Content& found, bool restored) {
  ports_.log.warning("shield.changed", {{"path", path}, {"restored", restored ? "true" : "false"}});
  const std::string result = restored ? "blocked" : "observed", word = restored ? "true" : "false";
  if (item.kind == Kind::enabling || item.kind == Kind::mask) {
    ports_.events.record(make_event(
        "agent.unit.disabled", result,
        {{"unit", item.unit}, {"how", item.kind == Kind::mask ? "masked" : "disabled"}, {"restored", word}}));
    return;
  }
  const bool removed = found.word.empty();
  if (removed && item.kind != Kind::file) uninstalling_ = true;
  ports_.events.record(make_event("agent.files.changed", result,
                                  {{"path", path},
                                   {"how", removed ? "removed" : "changed"},
                                   {"before", item.wanted.word},
                                   {"after", found.word},
                                   {"restored", word}}));
}

void Shield::tell_state() {
  const auto digest = [](const std::optional<Bytes>& octets) { return octets ? to_hex(crypto::sm3(*octets)) : ""; };
  for (const auto& mended : ports_.state.mend()) {
    ports_.log.warning("shield.changed", {{"path", mended.path}, {"restored", mended.restored ? "true" : "false"}});
    ports_.events.record(make_event("agent.files.changed", mended.restored ? "blocked" : "failed",
                                    {{"path", mended.path},
                                     {"how", mended.found ? "changed" : "removed"},
                                     {"before", digest(mended.wanted)},
                                     {"after", digest(mended.found)},
                                     {"restored", mended.restored ? "true" : "false"}}));
  }
}

}  // namespace kw::agent

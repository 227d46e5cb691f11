#include "server/database_feed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "base/text.h"

namespace kw::server {
namespace {

class AuditFile {
 public:
  explicit AuditFile(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
    struct stat facts{};
    if (fd_ < 0 || ::fstat(fd_, &facts) != 0 || !S_ISREG(facts.st_mode)) return;
    inode_ = facts.st_ino;
    size_ = static_cast<std::uint64_t>(facts.st_size);
  }
  ~AuditFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;
  [[nodiscard]] bool good() const { return inode_ != 0; }
  [[nodiscard]] std::uint64_t inode() const { return inode_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::string read(std::uint64_t from, std::size_t most) const {
    std::string out(most, '\0');
    const auto n = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(from));
    out.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return out;
  }

 private:
  int fd_;
  std::uint64_t inode_ = 0, size_ = 0;
};

bool to_number(std::string_view text, std::uint64_t& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size();
}

}  // namespace

/// How far which file was read; inode 0: nothing yet.
struct DatabaseFeed::Place {
  std::uint64_t inode = 0, offset = 0;

  static Place parse(const std::optional<std::string>& text) {
    Place out;
    if (!text) return out;
    const auto space = text->find(' ');
    if (space == std::string::npos || !to_number(std::string_view(*text).substr(0, space), out.inode) ||
        !to_number(std::string_view(*text).substr(space + 1), out.offset))
      return {};
    return out;
  }
  [[nodiscard]] std::string text() const { return std::to_string(inode) + " " + std::to_string(offset); }
};

DatabaseFeed::DatabaseFeed(Changes& changes, DatabaseOptions options, Log& log)
    : changes_(changes), options_(std::move(options)), log_(log), judge_(options_.rules) {}

Result<> DatabaseFeed::lost(Change& change, std::string_view why) {
  return change.record({.type = "database.record.lost",
                        .result = "failed",
                        .params = {{"database", options_.name}, {"reason", std::string(why)}}});
}

/// read_on gives whole lines that have not been read, and moves the place behind them.
Result<std::string> DatabaseFeed::read_on(Place& place, Change& change) {
  const AuditFile file(options_.audit_log);
  if (!file.good()) {
    if (!std::exchange(unreadable_, true)) KW_CHECK(lost(change, "unreadable"));
    return std::string();
  }
  unreadable_ = false;
  const AuditFile rotated(options_.audit_log.string() + ".1");
  const bool moved = place.inode != 0 && place.inode != file.inode();
  const auto* from = moved && rotated.good() && rotated.inode() == place.inode ? &rotated : &file;
  if (moved && from == &file) {
    KW_CHECK(lost(change, "rotated"));
    place = {};
  }
  if (place.inode == 0) place.inode = file.inode();
  if (place.offset > from->size()) {
    KW_CHECK(lost(change, "truncated"));
    place.offset = 0;
  }
  auto text = from->read(place.offset, kAtOnce);
  const auto end = text.rfind('\n');
  const bool whole_file = from == &rotated && place.offset + text.size() >= rotated.size();
  if (end == std::string::npos && !whole_file) {
    if (text.size() < kAtOnce) return std::string();  // the line is still being written
    KW_CHECK(lost(change, "line"));
    place.offset += text.size();
    return std::string();
  }
  if (!whole_file) text.resize(end + 1);
  place.offset += text.size();
  if (whole_file) place = {file.inode(), 0};
  return text;
}

/// nothing_new looks without a transaction for writing, which every second would have the store's lock for nothing.
Result<bool> DatabaseFeed::nothing_new(const std::string& key) {
  KW_TRY(const auto stored, changes_.store().read([&](auto& r) { return r.meta().get(key); }));
  const auto place = Place::parse(stored);
  const AuditFile file(options_.audit_log);
  if (!file.good()) return unreadable_;  // told already
  const bool read_to_its_end = !unreadable_ && place.inode == file.inode() && place.offset == file.size();
  const bool silent =
      options_.silence > Duration(0) && !silent_ && heard_ && changes_.clock().steady() - *heard_ >= options_.silence;
  return read_to_its_end && heard_ && !silent;
}

Result<> DatabaseFeed::tick() {
  const auto key = "database." + options_.name;
  KW_TRY(const bool idle, nothing_new(key));
  if (idle) return {};
  bool more = true;
  while (more) {
    const auto done = changes_.run([&](Change& change) -> Result<bool> {
      KW_TRY(const auto stored, change.repositories().meta().get(key));
      auto place = Place::parse(stored);
      const auto before = place.text();
      KW_TRY(const auto text, read_on(place, change));
      if (!text.empty()) KW_CHECK(take(change, text));
      const auto now = changes_.clock().steady();
      if (!text.empty() || !heard_) heard_ = now;
      if (!text.empty()) silent_ = false;
      if (options_.silence > Duration(0) && now - *heard_ >= options_.silence && !std::exchange(silent_, true))
        KW_CHECK(change.record(
            {.type = "database.record.silent", .result = "observed", .params = {{"database", options_.name}}}));
      if (place.text() != before) KW_CHECK(change.repositories().meta().put(key, place.text()));
      return text.size() >= kAtOnce / 2;
    });
    KW_TRY(more, done);
  }
  return {};
}

Result<> DatabaseFeed::take(Change& change, std::string_view text) {
  std::uint64_t unread = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = dbaudit::parse_audit_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line) {
      ++unread;
      continue;
    }
    const auto found = judge_.take(*line);
    for (const auto& act : found.acts) KW_CHECK(record(change, act));
    if (found.about_audit)
      KW_CHECK(change.record({.type = "database.audit.touched",
                              .result = "observed",
                              .params = {{"database", options_.name},
                                         {"account", found.about_audit->user},
                                         {"host", found.about_audit->host},
                                         {"verb", found.about_audit->verb}}}));
    if (found.refused_connect)
      KW_CHECK(change.record({.type = "database.login.refused",
                              .result = "refused",
                              .params = {{"database", options_.name},
                                         {"account", found.refused_connect->user},
                                         {"host", found.refused_connect->host}}}));
  }
  if (unread == 0) return {};
  log_.warning("database.lines", {{"database", options_.name}, {"unread", std::to_string(unread)}});
  return lost(change, "form");
}

Result<bool> DatabaseFeed::knows(Change& change, const std::string& trace) {
  store::AuditQuery query;
  const auto octets = from_hex(trace);
  if (!octets) return false;
  query.trace = *octets;
  query.from = changes_.clock().now() - kTraceAge;
  query.limit = 1;
  KW_TRY(const auto found, change.repositories().audit().search(query));
  return !found.empty();
}

Result<> DatabaseFeed::record(Change& change, const dbaudit::Act& act) {
  auto origin = act.origin;
  if (origin == dbaudit::Origin::platform) {
    KW_TRY(const bool known, knows(change, act.trace));
    if (!known) origin = dbaudit::Origin::untraced;
  }
  const bool ours = origin == dbaudit::Origin::platform;
  Happening out{.type = ours ? "database.operation" : "database.foreign",
                .result = act.code == 0 ? (ours ? "success" : "observed") : "failed"};
  out.params = {{"database", options_.name},
                {"table", act.database + "." + act.table},
                {"operation", std::string(dbaudit::name(act.operation))},
                {"verb", act.verb},
                {"account", act.user},
                {"host", act.host},
                {"at", act.time}};
  if (!ours) out.params["origin"] = std::string(dbaudit::name(origin));
  if (ours) out.actor.trace = act.trace;
  if (ours && !act.span.empty()) out.params["span"] = act.span;
  return change.record(out);
}

}  // namespace kw::server

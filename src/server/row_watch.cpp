#include "server/row_watch.h"

#include "server/secret_file.h"

namespace kw::server {

Result<> RowWatch::look() {
  KW_TRY(const auto found, ports_.check());
  return tell(found);
}

Result<> RowWatch::tell(const Findings& found) {
  Findings fresh;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : found)
      if (found_.insert(one).second) fresh.push_back(one);
  }
  if (fresh.empty()) return {};
  const auto told = changes_.run([&](Change& change) -> Result<> {
    for (const auto& one : fresh) {
      log_.error("store.row", {{"table", one.table}, {"key", one.key}, {"what", one.what}});
      KW_CHECK(change.record({.type = "store.row.tampered",
                              .result = "observed",
                              .params = {{"table", one.table}, {"key", one.key}, {"what", one.what}}}));
    }
    return {};
  });
  if (told) return {};
  const std::lock_guard lock(mutex_);
  for (const auto& one : fresh) found_.erase(one);  // the next look tells them
  return told;
}

RowWatch::Findings RowWatch::found() const {
  const std::lock_guard lock(mutex_);
  return {found_.begin(), found_.end()};
}

Result<> RowWatch::accept(const std::string& reason, const Actor& who) {
  const auto taken = found();
  if (taken.empty()) return fail(Errc::wrong_state, "nothing is wrong");
  // Recorded first: what cannot be recorded is not done.
  KW_CHECK(changes_.run([&](Change& change) {
    std::string what;
    for (const auto& one : taken)
      if (what.size() < 400) what += (what.empty() ? "" : " ") + one.what + ":" + one.table + ":" + one.key;
    return change.record({.type = "store.rows.accepted",
                          .actor = who,
                          .params = {{"count", std::to_string(taken.size())}, {"what", what}, {"reason", reason}}});
  }));
  KW_CHECK(ports_.accept());
  const std::lock_guard lock(mutex_);
  found_.clear();
  return {};
}

Result<RowWatch::Findings> seal_rows(store::SqliteStore& store, const PlatformKeys& keys,
                                     const std::filesystem::path& data_dir) {
  const auto mark = data_dir / "keys" / "rows.sealed";
  const auto there = read_public(mark);
  if (!there && there.code() != Errc::not_found) return there.error();
  KW_TRY(auto found, store.seal_rows(keys.row_key(), there.has_value()));
  if (!there) KW_CHECK(write_public(mark, {}));
  return found;
}

}  // namespace kw::server

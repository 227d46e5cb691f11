#include "agent/defence/quarantine_desk.h"

#include "agent/defence/scan_events.h"
#include "base/text.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostRestored = 4096;
constexpr std::uint64_t kTellEvery = 60;

}  // namespace

void QuarantineDesk::start(DefenceHost& host, std::function<void()> restored_changed,
                           std::function<void()> items_changed) {
  host_ = &host;
  restored_changed_ = std::move(restored_changed);
  items_changed_ = std::move(items_changed);
  alive_ = std::make_shared<bool>(true);
}

std::string QuarantineDesk::state_file(const char* name) const {
  const auto place = host_->state_path(words_.section);
  return place ? *place + "/" + name : std::string();
}

void QuarantineDesk::tell(std::string_view type, const char* result,
                          std::initializer_list<std::pair<std::string, std::string>> params) {
  host_->record(defence_event(words_.prefix + std::string(type), result, params));
}

void QuarantineDesk::open(const Vault::Limits& limits) {
  if (!std::exchange(loaded_, true)) load_restored();
  const auto folder = state_file("quarantine");
  if (folder.empty() || std::exchange(opening_, true)) return;
  later([this, limits, folder, open = open_](const CancellableWorker::Stop&) -> std::function<void()> {
    vault_->limit(limits);
    auto done = open ? Result<>{} : vault_->open(folder);
    auto items = done ? vault_->items() : std::vector<Vault::Item>();
    return [this, done = std::move(done), items = std::move(items)] {
      opening_ = false;
      if (!done) {
        if (open_ || refused_++ % kTellEvery == 0)
          host_->log().error(words_.section + ".no_quarantine", {{"error", done.error().text()}});
        return;
      }
      open_ = true;
      items_.clear();
      for (const auto& item : items) items_[item.id] = item.file;
      items_changed_();
    };
  });
}

void QuarantineDesk::take(const FoundFile& file) {
  if (!being_taken_.emplace(file.path, file.file).second) return;
  later([this, file, now = host_->now().utc](const CancellableWorker::Stop&) -> std::function<void()> {
    auto taken = vault_->take(file.path, file.file, file.name, now);
    return [this, file, taken = std::move(taken)] {
      being_taken_.erase({file.path, file.file});
      if (taken) {
        items_[taken->id] = taken->file;
        tell("quarantined", "blocked",
             {{"item", taken->id},
              {"path", scan_path(file.path)},
              {words_.what, file.name},
              {"digest", to_hex(bytes_of(taken->file.digest()))}});
        return items_changed_();
      }
      // Gone, or another file by now: that one is judged for itself.
      if (taken.code() == Errc::not_found || taken.code() == Errc::conflict) return;
      const auto reason = taken.error().text();
      host_->log().error(words_.section + ".not_quarantined", {{"path", file.path}, {"error", reason}});
      if (failures_.add(file.path, 0, host_->now().steady))
        tell("quarantine.failed", "failed",
             {{"path", scan_path(file.path)}, {words_.what, file.name}, {"reason", scan_path(reason)}});
    };
  });
}

Result<> QuarantineDesk::order(const v1::Order& order) {
  const auto at = order.args().find("item");
  if (at == order.args().end() || !items_.contains(at->second))
    return fail(Errc::not_found, "no such item in quarantine");
  if (order.action() == "restore") return ask_restore(at->second, order.person());
  if (order.action() != "discard") return fail(Errc::unsupported, order.action());
  discard(at->second, "order");
  return {};
}

// Both orders are signed by the platform; that they are of two persons is what the platform says in them.
Result<> QuarantineDesk::ask_restore(const std::string& item, const std::string& person) {
  if (person.empty()) return fail(Errc::forbidden, "the order names no person");
  const auto now = host_->now().steady;
  std::erase_if(restores_, [&](const auto& one) { return one.second.until <= now; });
  const auto first = restores_.find(item);
  if (first == restores_.end()) {
    restores_[item] = {person, now + std::chrono::hours(24)};
    tell("restore.asked", "success", {{"item", item}, {"path", scan_path(items_.at(item).path())}, {"person", person}});
    return {};
  }
  if (first->second.person == person) return fail(Errc::forbidden, "a second person has to ask as well");
  const auto persons = first->second.person + ", " + person;
  restores_.erase(first);
  restore(item, persons);
  return {};
}

void QuarantineDesk::restore(const std::string& item, const std::string& persons) {
  const auto digest = to_array<32>(bytes_of(items_.at(item).digest()));
  if (!digest) return;
  // Held for clean first: whoever opens it in the next moment must not send it back.
  restored_.insert(*digest);
  restored_changed_();
  later([this, item, persons, digest = *digest](const CancellableWorker::Stop&) -> std::function<void()> {
    auto done = vault_->restore(item);
    return [this, item, persons, digest, done = std::move(done)] {
      auto kept = Result<>{};
      if (done) {
        kept = keep_restored();
      } else {
        restored_.erase(digest);
        restored_changed_();
      }
      if (!kept) host_->log().error(words_.section + ".state_not_stored", {{"error", kept.error().text()}});
      tell("restored", done ? "success" : "failed",
           {{"item", item},
            {"path", items_.contains(item) ? scan_path(items_.at(item).path()) : std::string()},
            {"digest", to_hex(digest)},
            {"person", persons},
            {"reason", done ? std::string() : scan_path(done.error().text())}});
      if (done) items_.erase(item);
      items_changed_();
    };
  });
}

void QuarantineDesk::discard(const std::string& item, const std::string& reason) {
  later([this, item, reason](const CancellableWorker::Stop&) -> std::function<void()> {
    auto done = vault_->discard(item);
    return [this, item, reason, done = std::move(done)] {
      const auto at = items_.find(item);
      if (at == items_.end()) return;
      tell(
          "discarded", done ? "success" : "failed",
          {{"item", item}, {"path", scan_path(at->second.path())}, {"reason", done ? reason : scan_path(done.error().text())}});
      if (done) items_.erase(at);
      items_changed_();
    };
  });
}

void QuarantineDesk::discard_old(std::uint32_t days) {
  const auto before = host_->now().utc - std::chrono::hours(24) * days;
  for (const auto& [item, file] : items_)
    if (Timestamp{file.taken_ns()} < before) discard(item, "time");
}

// The digests, one behind the other.
void QuarantineDesk::load_restored() {
  const auto file = platform::read_file(state_file("restored"), kMostRestored * 32);
  if (!file) return;
  for (std::size_t at = 0; at + 32 <= file->size(); at += 32)
    if (const auto digest = to_array<32>(ByteView(*file).subspan(at, 32))) restored_.insert(*digest);
}
Result<> QuarantineDesk::keep_restored() {
  Bytes out;
  for (const auto& digest : restored_)
    if (out.size() < kMostRestored * 32) append(out, digest);
  return platform::write_file_durably(state_file("restored"), out);
}

}  // namespace kw::agent

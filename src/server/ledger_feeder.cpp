#include "server/ledger_feeder.h"

#include <future>

#include "kioskward/v1/common.pb.h"
#include "schema/codec.h"
#include "server/subject_keys.h"

namespace kw::server {
namespace {

namespace v1 = ::kioskward::v1;
constexpr auto kRetry = std::chrono::milliseconds(500);

/// What the index gets to know of an entry.
struct Indexed {
  store::AuditRow row;
  std::vector<store::SubjectId> subjects;
};

Result<Indexed> index_row(std::uint64_t index, ByteView octets) {
  auto entry = schema::parse<v1::AuditEntry>(octets, ledger::kMaxEntry);
  if (!entry) return fail(Errc::corrupt, "ledger entry " + std::to_string(index));
  Indexed indexed{{}, subjects_of(*entry)};
  auto& out = indexed.row;
  out.index = index;
  KW_TRY(out.id, EventId::from_bytes(bytes_of(entry->id())));
  out.time = Timestamp{entry->time_ns()};
  out.type = entry->type();
  if (!entry->device_id().empty()) {
    KW_TRY(out.device, DeviceId::from_bytes(bytes_of(entry->device_id())));
  }
  out.person = entry->person();
  out.result = entry->result();
  out.severity = entry->severity();
  out.trace = copy(bytes_of(entry->trace_id()));
  out.case_id = copy(bytes_of(entry->case_id()));
  return indexed;
}

/// insert finds out where the device stands: the site as it is known now.
Result<> insert(store::Repositories& r, Indexed indexed) {
  auto& row = indexed.row;
  for (const auto& subject : indexed.subjects) KW_CHECK(r.subjects().note_entry(subject, row.index));
  if (!row.device.is_nil()) {
    const auto device = r.devices().get(row.device);
    if (!device && device.code() != Errc::not_found) return device.error();
    if (device) row.site = device->site;
  }
  return r.audit().insert(row);
}

/// An entry that went ahead of others acknowledges nothing: its device's earlier ones may still wait. The device sends
/// it again after its next admission at worst, and it is known then.
Result<> settle_one(store::Repositories& r, const store::OutboxEntry& entry, std::uint64_t index, bool ahead = false) {
  KW_TRY(auto indexed, index_row(index, entry.octets));
  KW_CHECK(insert(r, std::move(indexed)));
  KW_CHECK(r.outbox().remove(entry.position));
  if (entry.sequence == 0 || entry.device.is_nil() || ahead) return {};
  return r.devices().acknowledge(entry.device, entry.sequence);
}

/// The first entry from `next` on that is still on this machine.
Result<std::uint64_t> first_here(store::LedgerReader& reader, std::uint64_t next, std::uint64_t size) {
  const auto archived = [&](std::uint64_t index) -> Result<bool> {
    const auto entry = reader.entry(index);
    if (!entry && entry.code() != Errc::wrong_state) return entry.error();
    return !entry;
  };
  std::uint64_t low = next, high = size;  // everything before `low` is archived, `high` is not
  while (low < high) {
    const auto middle = low == next ? next : low + (high - low) / 2;
    KW_TRY(const bool gone, archived(middle));
    if (!gone && middle == next) return next;
    (gone ? low : high) = gone ? middle + 1 : middle;
  }
  return low;
}

/// Where the index was lost, only the places of archived entries can be indexed again: what they hold has left.
Result<> index_archived(store::Store& store, std::uint64_t from, std::uint64_t to) {
  constexpr std::uint64_t kTogether = 4096;
  for (; from < to; from += kTogether) {
    const auto stored = store.write([&](store::Repositories& r) -> Result<> {
      for (auto index = from; index < std::min(to, from + kTogether); ++index) {
        store::AuditRow row;
        row.index = index;
        KW_CHECK(r.audit().insert(row));
      }
      return {};
    });
    KW_CHECK(stored);
  }
  return {};
}

Result<bool> is_urgent(const store::OutboxEntry& entry) {
  KW_TRY(const auto parsed, schema::parse<v1::AuditEntry>(entry.octets, ledger::kMaxEntry));
  return parsed.severity() >= v1::SERIOUS;
}

}  // namespace

Result<> LedgerFeeder::reconcile() {
  KW_TRY(auto next, store_.read([](auto& r) { return r.audit().next_index(); }));
  KW_TRY(const auto size, reader_.size());
  if (next > size) return fail(Errc::corrupt, "the ledger has lost entries that the audit index knows");
  KW_TRY(const auto here, first_here(reader_, next, size));
  if (here > next) {
    log_.warning("ledger.index.archived", {{"from", std::to_string(next)}, {"to", std::to_string(here)}});
    KW_CHECK(index_archived(store_, next, here));
    next = here;
  }
  std::vector<std::pair<std::uint64_t, Bytes>> tail;
  const auto flush = [&]() -> Result<> {
    const auto stored = store_.write([&](store::Repositories& r) -> Result<> {
      for (const auto& [index, octets] : tail) {
        KW_TRY(auto indexed, index_row(index, octets));
        KW_TRY(auto waiting, r.outbox().find(indexed.row.id));
        if (waiting) {
          KW_CHECK(settle_one(r, *waiting, index));
        } else {
          KW_CHECK(insert(r, std::move(indexed)));
        }
      }
      return {};
    });
    KW_CHECK(stored);
    tail.clear();
    return {};
  };
  KW_CHECK(reader_.for_each_from(next, [&](std::uint64_t index, ByteView entry) -> Result<> {
    tail.emplace_back(index, copy(entry));
    return tail.size() < kBatch ? Result<>() : flush();
  }));
  KW_CHECK(flush());
  const auto before_first = store_.read([](store::Repositories& r) -> Result<std::int64_t> {
    KW_TRY(auto first, r.outbox().read(1));
    if (!first.empty()) return first.front().position - 1;
    return r.outbox().last_position();
  });
  KW_TRY(const auto position, before_first);
  advance(position);
  return {};
}

void LedgerFeeder::advance(std::int64_t position) {
  std::vector<Done> ready;
  {
    const std::lock_guard lock(mutex_);
    durable_ = std::max(durable_, position);
    const auto end = waiting_.upper_bound(durable_);
    for (auto at = waiting_.begin(); at != end; ++at) ready.push_back(std::move(at->second));
    waiting_.erase(waiting_.begin(), end);
  }
  for (const auto& done : ready) done({});
}

Result<> LedgerFeeder::settle(const std::vector<store::OutboxEntry>& entries, std::uint64_t first_index, bool ahead) {
  return store_.write([&](store::Repositories& r) -> Result<> {
    for (std::size_t i = 0; i < entries.size(); ++i) KW_CHECK(settle_one(r, entries[i], first_index + i, ahead));
    return {};
  });
}

Result<std::uint64_t> LedgerFeeder::append(const std::vector<store::OutboxEntry>& entries, store::Urgency urgency) {
  std::vector<Bytes> leaves;
  leaves.reserve(entries.size());
  for (const auto& entry : entries) leaves.push_back(entry.octets);
  std::promise<Result<std::uint64_t>> promise;
  auto appended = promise.get_future();
  writer_.append_all(
      std::move(leaves), [&promise](Result<std::uint64_t> index) { promise.set_value(std::move(index)); }, urgency);
  return appended.get();
}

Result<> LedgerFeeder::feed_urgent() {
  while (true) {
    KW_TRY(const auto page, store_.read([this](auto& r) { return r.outbox().read(kBatch, scanned_); }));
    if (page.empty()) return {};
    std::vector<store::OutboxEntry> urgent;
    for (const auto& entry : page) {
      KW_TRY(const bool chosen, is_urgent(entry));
      if (chosen) urgent.push_back(entry);
    }
    if (!urgent.empty()) {
      KW_TRY(const auto first, append(urgent, store::Urgency::urgent));
      unsettled_ = true;
      KW_CHECK(settle(urgent, first, true));
      unsettled_ = false;
      ahead_ = std::max(ahead_, urgent.back().position);
    }
    scanned_ = page.back().position;
  }
}

Result<std::size_t> LedgerFeeder::feed() {
  if (unsettled_) {
    KW_CHECK(reconcile());
    unsettled_ = false;
  }
  KW_TRY(auto entries, store_.read([](auto& r) { return r.outbox().read(kBatch); }));
  const bool all = entries.size() < kBatch;
  if (entries.empty()) {
    advance(ahead_);
    return std::size_t{0};
  }
  const auto first = append(entries, store::Urgency::ordinary);
  if (!first && first.code() == Errc::no_space) KW_CHECK(feed_urgent());
  if (!first) return first.error();
  unsettled_ = true;
  KW_CHECK(settle(entries, *first, false));
  unsettled_ = false;
  scanned_ = 0;
  advance(all ? std::max(ahead_, entries.back().position) : entries.back().position);
  return entries.size();
}

void LedgerFeeder::start() {
  thread_ = std::thread([this] { run(); });
}

void LedgerFeeder::run() {
  bool failing = false;
  while (true) {
    bool last_round = false;
    {
      std::unique_lock lock(mutex_);
      const auto woken = [&] { return stopping_ || (notified_ && !failing); };
      if (failing) {
        wake_.wait_for(lock, kRetry, woken);
      } else {
        wake_.wait(lock, woken);
      }
      notified_ = false;
      last_round = stopping_;
    }
    auto moved = feed();
    while (moved && *moved == kBatch) moved = feed();
    if (!moved && !failing) log_.error("ledger.feed", {{"error", moved.error().text()}});
    if (moved && failing) log_.info("ledger.feed.resumed");
    failing = !moved;
    {
      const std::lock_guard lock(mutex_);
      trouble_ = moved ? std::nullopt : std::optional(moved.error());
    }
    if (last_round) return;
  }
}

void LedgerFeeder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::multimap<std::int64_t, Done> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(waiting_);
  }
  for (const auto& [position, done] : left) done(fail(Errc::cancelled, "the server stops"));
}

void LedgerFeeder::notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  wake_.notify_all();
}

void LedgerFeeder::when_durable(std::int64_t position, Done done) {
  Result<> answer;
  {
    const std::lock_guard lock(mutex_);
    if (position > durable_) {
      if (!stopping_) {
        waiting_.emplace(position, std::move(done));
        return;
      }
      answer = fail(Errc::cancelled, "the server stops");
    }
  }
  done(std::move(answer));
}

std::optional<Error> LedgerFeeder::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::int64_t LedgerFeeder::durable_through() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

}  // namespace kw::server

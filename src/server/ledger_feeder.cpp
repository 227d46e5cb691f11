#include "server/ledger_feeder.h"

#include <future>

#include "kioskward/v1/common.pb.h"
#include "schema/codec.h"

namespace kw::server {
namespace {

namespace v1 = ::kioskward::v1;
constexpr auto kRetry = std::chrono::milliseconds(500);

Result<store::AuditRow> index_row(std::uint64_t index, ByteView octets) {
  auto entry = schema::parse<v1::AuditEntry>(octets, ledger::kMaxEntry);
  if (!entry) return fail(Errc::corrupt, "ledger entry " + std::to_string(index));
  store::AuditRow out;
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
  return out;
}

/// insert finds out where the device stands: the site as it is known now.
Result<> insert(store::Repositories& r, store::AuditRow row) {
  if (!row.device.is_nil()) {
    const auto device = r.devices().get(row.device);
    if (!device && device.code() != Errc::not_found) return device.error();
    if (device) row.site = device->site;
  }
  return r.audit().insert(row);
}

Result<> settle_one(store::Repositories& r, const store::OutboxEntry& entry, std::uint64_t index) {
  KW_TRY(auto row, index_row(index, entry.octets));
  KW_CHECK(insert(r, std::move(row)));
  KW_CHECK(r.outbox().remove(entry.position));
  if (entry.sequence == 0 || entry.device.is_nil()) return {};
  return r.devices().acknowledge(entry.device, entry.sequence);
}

}  // namespace

Result<> LedgerFeeder::reconcile() {
  KW_TRY(auto next, store_.read([](auto& r) { return r.audit().next_index(); }));
  KW_TRY(const auto size, reader_.size());
  if (next > size) return fail(Errc::corrupt, "the ledger has lost entries that the audit index knows");
  std::vector<std::pair<std::uint64_t, Bytes>> tail;
  const auto flush = [&]() -> Result<> {
    const auto stored = store_.write([&](store::Repositories& r) -> Result<> {
      for (const auto& [index, octets] : tail) {
        KW_TRY(auto row, index_row(index, octets));
        KW_TRY(auto waiting, r.outbox().find(row.id));
        if (waiting) {
          KW_CHECK(settle_one(r, *waiting, index));
        } else {
          KW_CHECK(insert(r, std::move(row)));
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

Result<> LedgerFeeder::settle(const std::vector<store::OutboxEntry>& entries, std::uint64_t first_index) {
  return store_.write([&](store::Repositories& r) -> Result<> {
    for (std::size_t i = 0; i < entries.size(); ++i) KW_CHECK(settle_one(r, entries[i], first_index + i));
    return {};
  });
}

Result<std::size_t> LedgerFeeder::feed() {
  if (unsettled_) {
    KW_CHECK(reconcile());
    unsettled_ = false;
  }
  KW_TRY(auto entries, store_.read([](auto& r) { return r.outbox().read(kBatch); }));
  if (entries.empty()) return std::size_t{0};
  std::vector<Bytes> leaves;
  leaves.reserve(entries.size());
  for (const auto& entry : entries) leaves.push_back(entry.octets);
  std::promise<Result<std::uint64_t>> promise;
  auto appended = promise.get_future();
  writer_.append_all(std::move(leaves),
                     [&promise](Result<std::uint64_t> index) { promise.set_value(std::move(index)); });
  KW_TRY(const auto first, appended.get());
  unsettled_ = true;
  KW_CHECK(settle(entries, first));
  unsettled_ = false;
  advance(entries.back().position);
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

std::int64_t LedgerFeeder::durable_through() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

}  // namespace kw::server

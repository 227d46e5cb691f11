#include "server/ledger_archivist.h"

#include "schema/codec.h"

namespace kw::server {
namespace {

constexpr auto kArchivistEvery = std::chrono::seconds(10);

Result<Timestamp> received(ByteView octets) {
  KW_TRY(const auto entry, schema::parse<v1::AuditEntry>(octets, ledger::kMaxEntry));
  return Timestamp{entry.received_ns()};
}

Happening about(std::string type, const ledger::SegmentSeal& seal, ByteView digest, const Actor& who = {}) {
  Happening out;
  out.type = std::move(type);
  out.actor = who;
  out.params = {{"segment", std::to_string(seal.number)},
                {"first", std::to_string(seal.first)},
                {"end", std::to_string(seal.end)},
                {"digest", to_hex(digest)}};
  return out;
}

}  // namespace

void LedgerArchivist::start() {
  thread_ = std::thread([this] {
    std::string last;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kArchivistEvery, [this] { return stopping_; })) {
      lock.unlock();
      const auto done = tick();
      const auto text = done ? std::string() : done.error().text();
      if (!done && text != last) log_.error("ledger.archive", {{"error", text}});
      last = text;
      lock.lock();
    }
  });
}

void LedgerArchivist::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<> LedgerArchivist::tick() {
  const auto record = [this](const Happening& happening) {
    return changes_.run([&](Change& change) { return change.record(happening); });
  };
  KW_TRY(const auto head, keeper_.head());
  while (true) {
    KW_TRY(const auto seal, archive_.seal_next(head.checkpoint, received, keeper_.key()));
    if (!seal) break;
    KW_CHECK(record(about("ledger.segment.sealed", *seal, seal->digest)));
  }
  const auto online = std::chrono::hours(24) * static_cast<std::int64_t>(online_days_);
  const Timestamp before{changes_.clock().now().unix_ns - std::chrono::duration_cast<Duration>(online).count()};
  while (true) {
    KW_TRY(const auto gone, archive_.remove_next(before, keeper_.key(), [&](const ledger::SegmentSeal& seal) {
      return record(about("ledger.segment.removed", seal, seal.digest));
    }));
    if (!gone) return {};
    log_.info("ledger.segment.removed", {{"segment", std::to_string(gone->number)}});
  }
}

Result<store::SegmentBundle> LedgerArchivist::bundle(std::uint32_t number, const std::string& purpose,
                                                     const Actor& who) {
  KW_TRY(const auto head, keeper_.head());
  KW_TRY(auto out, archive_.exported(number, head.object));
  auto happening = about("ledger.segment.exported", out.seal, out.digest, who);
  happening.params["purpose"] = purpose;
  KW_CHECK(changes_.run([&](Change& change) { return change.record(happening); }));
  return out;
}

Result<> LedgerArchivist::confirm(std::uint32_t number, ByteView digest, const std::string& place, const Actor& who) {
  KW_TRY(const auto seal, archive_.confirm(number, digest, who.person, place));
  auto happening = about("ledger.segment.confirmed", seal, digest, who);
  happening.params["place"] = place;
  return changes_.run([&](Change& change) { return change.record(happening); });
}

}  // namespace kw::server

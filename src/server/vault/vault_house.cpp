#include "server/vault/vault_house.h"

namespace kw::server {
namespace {

constexpr Duration kSweepEach = std::chrono::minutes(1), kLookEach = std::chrono::hours(1);

}  // namespace

VaultHouse::VaultHouse(const Parts& parts, vault::RootKey root, std::unique_ptr<VaultTables> tables)
    : changes_(parts.changes),
      log_(parts.log),
      root_by_(parts.root_by),
      keys_(parts.changes, std::move(root)),
      tables_(std::move(tables)),
      access_(parts.changes, *tables_),
      service_(parts.changes, {parts.book, keys_, access_}, parts.log),
      watch_(parts.changes, keys_, *tables_, parts.audit, parts.log),
      files_({parts.changes, keys_, access_, watch_, parts.signer, parts.log, parts.tenant, parts.files}),
      rotation_(parts.changes, keys_, *tables_, parts.log),
      swept_(parts.changes.clock().now()),
      looked_(swept_) {}

Result<std::unique_ptr<VaultHouse>> VaultHouse::open(Parts parts, vault::RootKey root) {
  KW_CHECK(VaultTables::adopt(parts.changes, parts.book));
  KW_TRY(auto tables, VaultTables::load(parts.tenant, parts.book.data(), parts.changes.store()));
  auto out = std::unique_ptr<VaultHouse>(new VaultHouse(parts, std::move(root), std::move(tables)));
  KW_CHECK(out->keys_.load());
  KW_CHECK(out->files_.settle());
  KW_CHECK(out->look(true));
  return out;
}

void VaultHouse::report(std::string_view what, const Result<>& done) {
  if (!done) log_.error(what, {{"error", done.error().text()}});
}

Result<> VaultHouse::look(bool with_ledger) {
  KW_TRY(auto files, files_.compare());
  return watch_.look(with_ledger, std::move(files));
}

bool VaultHouse::tick() {
  const auto now = changes_.clock().now();
  if (now - swept_ >= kSweepEach) {
    swept_ = now;
    if (const auto swept = service_.sweep(); !swept) report("vault.sweep", swept.error());
    if (const auto swept = files_.sweep(); !swept) report("vault.sweep", swept.error());
  }
  if (now - looked_ >= kLookEach) {
    looked_ = now;
    report("vault.look", look(false));
    report("vault.anchor", watch_.anchor());
  }
  const auto more = rotation_.step();
  if (!more) report("vault.rotation", more.error());
  const auto moved = files_.reseal();
  if (!moved) report("vault.reseal", moved.error());
  return (more && *more) || (moved && *moved);
}

void VaultHouse::run() {
  std::unique_lock lock(mutex_);
  bool more = false;
  // With a rotation under way it goes on at once; others get their turn between two batches.
  while (!wake_.wait_for(lock, more ? std::chrono::milliseconds(1) : std::chrono::seconds(1),
                         [this] { return stopping_; })) {
    lock.unlock();
    more = tick();
    lock.lock();
  }
}

void VaultHouse::start() {
  thread_ = std::thread([this] { run(); });
}

void VaultHouse::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;  // it was never started
  thread_.join();
  report("vault.anchor", watch_.anchor());
}

}  // namespace kw::server

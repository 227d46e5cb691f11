#include "server/vault/vault_rotation.h"

#include <algorithm>

namespace kw::server {
namespace {

constexpr Duration kWait = std::chrono::minutes(1);

/// One case on its way to its next version.
struct Moving {
  store::VaultCase before, row;
  std::vector<store::VaultTerm> terms;
};

}  // namespace

Result<std::vector<store::VaultRotation>> VaultRotation::list() {
  return changes_.store().read([](auto& r) { return r.vault().rotations(); });
}

Result<store::VaultRotation> VaultRotation::begin(const std::string& matter, const std::string& district,
                                                  const Actor& who) {
  const std::lock_guard lock(mutex_);
  auto* table = tables_.find(matter);
  if (table == nullptr) return fail(Errc::not_found, "matter");
  KW_TRY(const auto known, list());
  for (const auto& one : known)
    if (one.matter == matter && one.district == district && !one.ended)
      return fail(Errc::conflict, "a rotation is under way there");
  KW_TRY(const auto keys, keys_.renew(matter, district, who));
  if (keys == 0) return fail(Errc::not_found, "no keys of this matter in this district");
  store::VaultRotation out{matter, district,  vault::RotationCursor{}.octets(), changes_.clock().now(), std::nullopt,
                           0,      who.person};
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().vault().put_rotation(out));
    return change.record({.type = "vault.rotation.began",
                          .actor = who,
                          .params = {{"matter", matter}, {"district", district}, {"keys", std::to_string(keys)}}});
  }));
  return out;
}

Result<bool> VaultRotation::step() {
  KW_TRY(const auto all, list());
  bool worked = false;
  for (const auto& one : all) {
    if (one.ended) continue;
    auto* table = tables_.find(one.matter);
    if (table == nullptr) continue;  // the matter has left the catalogue
    {
      const std::lock_guard lock(mutex_);
      if (passes_[{one.matter, one.district}].waits > changes_.clock().now()) continue;
    }
    KW_CHECK(step_one(*table, one));
    worked = true;
  }
  return worked;
}

Result<> VaultRotation::step_one(VaultTable& table, store::VaultRotation rotation) {
  const auto& form = table.form();
  KW_CHECK(keys_.need(form.purposes(rotation.district)));
  KW_TRY(const auto job, keys_.with([&](const vault::KeyRing& ring) { return form.job(ring, rotation.district); }));
  KW_TRY(const auto cursor, vault::parse_cursor(rotation.cursor));
  const auto after = store::VaultCaseId::from_bytes(cursor.after);
  KW_TRY(const auto rows, changes_.store().read([&](auto& r) {
    return r.vault().after(rotation.matter, rotation.district, after ? *after : store::VaultCaseId(), kBatch);
  }));
  std::vector<::kioskward::v1::SealedCells> cells(rows.size());
  std::vector<vault::StoredRow> stored;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    KW_TRY(auto one, form.stored(job, rows[i], cells[i]));
    stored.push_back(std::move(one));
  }
  const bool end = rows.size() < kBatch;
  KW_TRY(const auto plan, vault::plan_rotation(job, cursor, stored, end));
  std::vector<Moving> moving;
  for (const auto i : plan.rows) {
    Moving one{rows[i], rows[i], {}};
    auto terms = keys_.with(
        [&](const vault::KeyRing& ring) { return form.reseal(ring, job, stored[i], one.row, changes_.random()); });
    if (!terms) {
      log_.error("vault.rotation", {{"case", rows[i].id.text()}, {"error", terms.error().text()}});
      continue;
    }
    one.terms = std::move(*terms);
    moving.push_back(std::move(one));
  }
  {
    const std::lock_guard lock(mutex_);
    auto& pass = passes_[{rotation.matter, rotation.district}];
    pass.moved += moving.size();
    if (end && !plan.next.done() && pass.moved == 0) pass.waits = changes_.clock().now() + kWait;
    if (end) pass.moved = 0;
  }
  return table.write(changes_, [&](Change& change, RowsWriter& writer) -> Result<> {
    auto& repository = change.repositories().vault();
    for (const auto& one : moving) {
      const auto replaced = repository.replace(one.row, one.before.version, one.terms);
      if (!replaced && replaced.code() == Errc::conflict) continue;  // somebody wrote it meanwhile, under the new keys
      KW_CHECK(replaced);
      KW_CHECK(writer.remove(one.before));
      writer.insert(one.row);
      ++rotation.moved;
    }
    rotation.cursor = plan.next.octets();
    if (plan.next.done()) rotation.ended = change.now();
    KW_CHECK(repository.put_rotation(rotation));
    // Every batch: a root that stands in no record would be found as somebody else's doing.
    if (moving.empty() && !plan.next.done()) return {};
    return change.record({.type = "vault.rotated",
                          .result = plan.next.done() ? "success" : "observed",
                          .params = {{"matter", rotation.matter},
                                     {"district", rotation.district},
                                     {"cases", std::to_string(rotation.moved)},
                                     {"root", writer.root()}}});
  });
}

}  // namespace kw::server

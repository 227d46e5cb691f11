#include "server/vault/vault_watch.h"

#include <algorithm>
#include <array>

#include "schema/codec.h"

namespace kw::server {
namespace {

constexpr std::size_t kLookPage = 500, kOutbox = 10'000, kPages = 20, kMostEntry = 1 << 20;
constexpr std::array<std::string_view, 4> kWithRoot{"vault.rows.anchored", "vault.written", "vault.removed",
                                                    "vault.rotated"};

/// root_in gives the root that an entry has of a matter; empty: none.
std::string root_in(const v1::AuditEntry& entry, const std::string& matter) {
  if (std::ranges::find(kWithRoot, entry.type()) == kWithRoot.end()) return {};
  const auto at = entry.params().find("matter"), root = entry.params().find("root");
  const bool its = at != entry.params().end() && at->second == matter && root != entry.params().end();
  return its ? root->second : std::string();
}

void note(std::vector<VaultFinding>& out, const std::string& matter, const char* what, const std::string& first = {}) {
  for (auto& one : out)
    if (one.matter == matter && one.what == what) {
      ++one.cases;
      return;
    }
  out.push_back({matter, what, first, 1});
}

}  // namespace

Result<> VaultWatch::look_at(VaultTable& table, std::vector<VaultFinding>& out) {
  const auto& form = table.form();
  const auto& matter = table.matter();
  return table.compare(
      changes_.store(),
      [&](store::Repositories& r, const vault::RowSet& mine, const std::vector<store::VaultPart>& parts) -> Result<> {
        vault::RowSet stored = mine;
        for (unsigned i = 0; i < stored.parts(); ++i) {
          const auto at = std::ranges::find(parts, i, &store::VaultPart::part);
          const auto octets = at == parts.end() ? Bytes(vault::RowSet::kPartOctets) : at->octets;
          if (!stored.restore_part(i, octets)) note(out, matter, "parts");
        }
        if (stored.root() != mine.root()) note(out, matter, "parts");
        auto rows = mine;
        for (unsigned i = 0; i < rows.parts(); ++i) KW_CHECK(rows.restore_part(i, Bytes(vault::RowSet::kPartOctets)));
        for (store::VaultCaseId last;;) {
          KW_TRY(const auto page, r.vault().after(matter, std::nullopt, last, kLookPage));
          keys_.with([&](const vault::KeyRing& ring) {
            for (const auto& row : page)
              if (!form.check(ring, row)) note(out, matter, "changed", row.id.text());
          });
          for (const auto& row : page) rows.insert(CaseForm::leaf(row));
          if (page.size() < kLookPage) break;
          last = page.back().id;
        }
        KW_TRY(const auto differing, rows.differing(mine));
        if (!differing.empty()) note(out, matter, "rows");
        return {};
      });
}

Result<std::string> VaultWatch::last_root(const std::string& matter) {
  // What the ledger has not taken yet is newer than anything in it.
  KW_TRY(const auto waiting, changes_.store().read([](auto& r) { return r.outbox().read(kOutbox); }));
  for (auto at = waiting.rbegin(); at != waiting.rend(); ++at) {
    KW_TRY(const auto entry, schema::parse<v1::AuditEntry>(at->octets, kMostEntry));
    if (auto root = root_in(entry, matter); !root.empty()) return root;
  }
  std::uint64_t newest = 0;
  std::string out;
  for (const auto type : kWithRoot) {
    store::AuditQuery query;
    query.type = type;
    for (std::size_t page = 0; page < kPages; ++page) {
      KW_TRY(const auto entries, audit_.find(query));
      const auto at =
          std::ranges::find_if(entries, [&](const auto& item) { return !root_in(item.entry, matter).empty(); });
      if (at != entries.end()) {
        if (out.empty() || at->index > newest) {
          newest = at->index;
          out = root_in(at->entry, matter);
        }
        break;
      }
      if (entries.size() < query.limit) break;
      query.before = entries.back().index;
    }
  }
  return out;
}

Result<> VaultWatch::look(bool with_ledger, std::vector<VaultFinding> others) {
  auto out = std::move(others);
  for (const auto& table : tables_.all()) {
    KW_CHECK(look_at(*table, out));
    if (!with_ledger) continue;
    KW_TRY(const auto root, last_root(table->matter()));
    const auto mine = table->rows();
    if (root.empty() ? mine.rows() > 0 : root != to_hex(mine.root())) note(out, table->matter(), "root");
  }
  std::vector<VaultFinding> fresh;
  {
    const std::lock_guard lock(mutex_);
    found_ = out;
    looked_ = changes_.clock().now();
    for (const auto& one : out)
      if (told_.insert(one).second) fresh.push_back(one);
  }
  return record(fresh);
}

Result<> VaultWatch::tell(VaultFinding finding) {
  {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(found_, finding) == found_.end()) found_.push_back(finding);
    if (!told_.insert(finding).second) return {};
  }
  return record({std::move(finding)});
}

Result<> VaultWatch::record(const std::vector<VaultFinding>& fresh) {
  if (fresh.empty()) return {};
  return changes_.run([&](Change& change) -> Result<> {
    for (const auto& one : fresh) {
      log_.error("vault.rows.differ", {{"matter", one.matter}, {"what", one.what}, {"case", one.first}});
      Happening told{.type = "vault.rows.differ", .result = "observed"};
      told.params = {{"what", one.what}, {"cases", std::to_string(one.cases)}};
      if (!one.matter.empty()) told.params["matter"] = one.matter;
      if (!one.first.empty()) told.params["case"] = one.first;
      KW_CHECK(change.record(told));
    }
    return {};
  });
}

Result<> VaultWatch::anchor() {
  for (const auto& table : tables_.all()) {
    if (table->rows().rows() == 0) continue;
    KW_CHECK(table->write(changes_, [&](Change& change, RowsWriter& rows) -> Result<> {
      KW_TRY(const auto count, change.repositories().vault().count(table->matter()));
      return change.record(
          {.type = "vault.rows.anchored",
           .result = "observed",
           .params = {{"matter", table->matter()}, {"cases", std::to_string(count)}, {"root", rows.root()}}});
    }));
  }
  return {};
}

std::vector<VaultFinding> VaultWatch::found() const {
  const std::lock_guard lock(mutex_);
  return found_;
}

Timestamp VaultWatch::looked() const {
  const std::lock_guard lock(mutex_);
  return looked_;
}

}  // namespace kw::server

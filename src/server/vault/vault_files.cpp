// Files at rest: what is done at the start, by the clock and for a new key. Taken in: vault_file_put.cpp; given out:
// vault_file_read.cpp.
#include "server/vault/vault_files.h"

#include <algorithm>
#include <ranges>

#include "schema/codec.h"
#include "server/vault/vault_file_upload.h"
#include "server/vault/vault_refusal.h"
#include "vault/file_statement.h"

namespace kw::server {
namespace {

constexpr std::size_t kFilePage = 500, kSweepFiles = 200, kResealAtOnce = 50, kToldAlone = 16;

}  // namespace

VaultFiles::VaultFiles(Parts parts) : parts_(std::move(parts)), disk_(parts_.directory) {}
VaultFiles::~VaultFiles() = default;

VaultFiles::Standing VaultFiles::standing(const store::VaultFile& row) const {
  return {parts_.tenant, vault::column_scope(row.matter, row.field), row.case_id.text() + "/" + row.file.text()};
}

vault::KeyPurpose VaultFiles::purpose(const std::string& matter, const vault::DataField& field,
                                      const std::string& district) {
  return {vault::KeyUse::file, field.data_class, district, vault::column_scope(matter, field.name)};
}

Result<VaultFiles::Allowed> VaultFiles::allowed(const VaultAsker& who, const std::string& matter, const FileWish& wish,
                                                std::string_view act) {
  Allowed out;
  KW_TRY(out.table, parts_.access.table_of(matter));
  out.field = out.table->form().matter().find(wish.field);
  if (out.field == nullptr) return vault_refusal(Errc::invalid, "field_unknown", "");
  if (!out.field->stored || out.field->protection != vault::Protection::file)
    return vault_refusal(Errc::invalid, "field_forbidden", wish.field + " is no file");
  KW_TRY(auto rows, parts_.access.rows_of(who, *out.table, {wish.case_id}, act));
  out.row = std::move(rows.front());
  return out;
}

Result<vault::FileSealer> VaultFiles::sealer(store::VaultFile& row, const vault::KeyPurpose& purpose,
                                             vault::Grade grade) {
  KW_CHECK(parts_.keys.need({purpose}));
  const auto at = standing(row);
  return parts_.keys.with([&](const vault::KeyRing& ring) -> Result<vault::FileSealer> {
    KW_TRY(const auto* key, ring.sealing(purpose));
    row.key = key->label().ref;
    return vault::FileSealer::make(*key, at.place(), grade, parts_.changes.random());
  });
}

Result<std::string> VaultFiles::sign(const vault::FileSealer& sealer, store::VaultFile& row) const {
  const auto at = standing(row);
  KW_TRY(const auto statement, vault::statement_of(sealer, at.place()));
  KW_TRY(const auto object, vault::sign_statement(statement, parts_.signer));
  row.statement = schema::serialise(object);
  row.sealed = statement.octets;
  return to_hex(statement.root);
}

Result<> VaultFiles::commit(const store::VaultFile& row, const std::function<Result<>(Change&)>& work) {
  const std::unique_lock lock(place_);
  KW_CHECK(parts_.changes.run([&](Change& change) -> Result<> {
    const auto stored = change.repositories().vault().get(row.matter, row.case_id);
    if (!stored && stored.code() == Errc::not_found) return vault_refusal(Errc::not_found, "case_unknown", "");
    KW_CHECK(stored);
    // In the transaction: what disables a key waits for it, and what destroys one counts the files under it.
    if (!parts_.keys.with([&](const vault::KeyRing& ring) { return ring.opening(row.key).has_value(); }))
      return vault_refusal(Errc::conflict, "upload_unknown", "its key was disabled meanwhile");
    return work(change);
  }));
  if (const auto named = disk_.publish(row.file); !named)
    parts_.log.error("vault.file", {{"case", row.case_id.text()}, {"error", named.error().text()}});
  return {};
}

Result<> VaultFiles::settle() {
  KW_CHECK(disk_.open());
  KW_TRY(auto there, disk_.list());
  store::VaultFileId last;
  for (bool more = true; more;) {
    KW_TRY(const auto page,
           parts_.changes.store().read([&](auto& r) { return r.vault().files_after(last, kFilePage); }));
    for (const auto& row : page) {
      // A row was committed, and the power went before its file had its name.
      const auto part = there.parts.find(row.file);
      if (part == there.parts.end() || part->second != row.sealed || there.whole.contains(row.file)) continue;
      KW_CHECK(disk_.publish(row.file));
      there.parts.erase(part);
    }
    more = page.size() == kFilePage;
    if (more) last = page.back().file;
  }
  for (const auto& id : there.parts | std::views::keys) KW_CHECK(disk_.drop(id));
  if (!there.parts.empty()) parts_.log.info("vault.uploads.dropped", {{"files", std::to_string(there.parts.size())}});
  return remove_gone();
}

Result<> VaultFiles::remove_gone() {
  KW_TRY(const auto gone, parts_.changes.store().read([](auto& r) { return r.vault().gone(); }));
  for (const auto& id : gone) {
    KW_CHECK(disk_.remove(id));
    KW_CHECK(parts_.changes.store().write([&](auto& r) { return r.vault().forget_gone(id); }));
  }
  return {};
}

Result<std::size_t> VaultFiles::sweep() {
  const auto now = parts_.changes.clock().now();
  std::vector<std::shared_ptr<Upload>> late;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& upload : uploads_ | std::views::values)
      if (upload->heard.load() + kPatience < now) late.push_back(upload);
  }
  for (const auto& upload : late) {
    const std::lock_guard one_part(upload->mutex);
    if (upload->heard.load() + kPatience < now) drop(*upload);
  }
  KW_TRY(const auto ended,
         parts_.changes.store().read([&](auto& r) { return r.vault().files_ended(now, kSweepFiles); }));
  std::size_t swept = 0;
  for (const auto& row : ended) {
    const auto done = parts_.changes.run([&](Change& change) -> Result<> {
      KW_CHECK(change.repositories().vault().remove_file(row));
      return change.record(
          {.type = "vault.file.removed",
           .params = {
               {"matter", row.matter}, {"case", row.case_id.text()}, {"field", row.field}, {"why", "retention"}}});
    });
    if (done)
      ++swept;
    else if (done.code() != Errc::conflict)  // conflict: somebody has written it anew meanwhile
      return done.error();
  }
  KW_CHECK(remove_gone());
  return swept;
}

Result<bool> VaultFiles::reseal() {
  for (const auto& key : parts_.keys.list()) {
    if (key.label.purpose.use != vault::KeyUse::file || key.state != vault::KeyState::decrypt_only) continue;
    KW_TRY(const auto rows,
           parts_.changes.store().read([&](auto& r) { return r.vault().files_under(key.label.ref, kResealAtOnce); }));
    for (const auto& row : rows) {
      {
        const std::lock_guard lock(mutex_);
        if (damaged_.contains(row.file) || stuck_.contains(row.file)) continue;
      }
      const auto moved = reseal_one(row, key.label.purpose);
      if (moved) return true;
      if (moved.code() == Errc::conflict || moved.code() == Errc::not_found) continue;  // written anew, or removed
      parts_.log.error("vault.reseal", {{"case", row.case_id.text()}, {"error", moved.error().text()}});
      const std::lock_guard lock(mutex_);
      stuck_.insert(row.file);  // until the next start
    }
  }
  return false;
}

Result<> VaultFiles::reseal_one(const store::VaultFile& row, const vault::KeyPurpose& purpose) {
  KW_TRY(const auto opened, find(row.matter, {row.case_id, row.field}));
  if (opened.row.file != row.file) return fail(Errc::conflict, "written anew");
  KW_TRY(const auto from, opener(opened));
  auto next = row;
  next.file = store::VaultFileId::make(parts_.changes.clock().now(), parts_.changes.random());
  Bytes head(vault::kFileHeader);
  KW_TRY(const auto got, store::read_at(*opened.handle, head, 0));
  head.resize(got);
  KW_TRY(const auto header, vault::file_header(head));
  KW_TRY(auto with, sealer(next, purpose, static_cast<vault::Grade>(header.grade)));
  const auto write = [&]() -> Result<> {
    KW_TRY(auto handle, disk_.begin(next.file));
    SealedFileWriter to(std::move(with), std::move(handle));
    for (std::uint64_t i = 0; i < from.layout().chunks; ++i) {
      KW_TRY(const auto plain, chunk(opened, from, i));
      KW_CHECK(to.add(plain.reveal(), i + 1 == from.layout().chunks));
    }
    KW_CHECK(to.sync());
    KW_TRY(const auto root, sign(to.sealer(), next));
    return commit(next, [&](Change& change) -> Result<> {
      KW_CHECK(change.repositories().vault().replace_file(next, row.file));
      return change.record({.type = "vault.file.resealed",
                            .params = {{"matter", next.matter},
                                       {"case", next.case_id.text()},
                                       {"field", next.field},
                                       {"octets", std::to_string(next.plain)},
                                       {"root", root}}});
    });
  };
  if (const auto done = write(); !done) {
    static_cast<void>(disk_.drop(next.file));  // the next start removes what stays
    return done;
  }
  return remove_gone();
}

Result<std::vector<VaultFinding>> VaultFiles::compare() {
  const std::shared_lock lock(place_);
  KW_TRY(auto there, disk_.list());
  KW_TRY(const auto gone, parts_.changes.store().read([](auto& r) { return r.vault().gone(); }));
  std::map<std::string, std::vector<std::string>> wrong;  // cases by matter
  store::VaultFileId last;
  for (bool more = true; more;) {
    KW_TRY(const auto page,
           parts_.changes.store().read([&](auto& r) { return r.vault().files_after(last, kFilePage); }));
    for (const auto& row : page) {
      const auto at = there.whole.find(row.file);
      bool bad = at == there.whole.end() || at->second != row.sealed;
      if (at != there.whole.end()) there.whole.erase(at);
      const std::lock_guard found(mutex_);
      bad = bad || damaged_.contains(row.file);
      if (bad) wrong[row.matter].push_back(row.case_id.text());
    }
    more = page.size() == kFilePage;
    if (more) last = page.back().file;
  }
  for (const auto& id : gone) there.whole.erase(id);
  std::vector<VaultFinding> out;
  for (const auto& [matter, cases] : wrong) {
    if (cases.size() > kToldAlone) {
      out.push_back({matter, "files", cases.front(), cases.size()});
      continue;
    }
    for (const auto& one : cases) out.push_back({matter, "files", one, 1});
  }
  if (const auto strange = there.whole.size() + there.strangers; strange > 0) out.push_back({{}, "files", {}, strange});
  return out;
}

}  // namespace kw::server

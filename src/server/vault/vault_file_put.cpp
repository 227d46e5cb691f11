// A file comes in parts, and is sealed as it comes.
#include <algorithm>

#include "server/vault/vault_file_upload.h"
#include "server/vault/vault_refusal.h"
#include "server/vault/vault_terms.h"

namespace kw::server {
namespace {

constexpr Duration kFileDay = std::chrono::hours(24);

tl::unexpected<Error> no_upload() {
  return tl::unexpected(vault_refusal(Errc::not_found, "upload_unknown", "it ended, or is another's"));
}

}  // namespace

Result<std::shared_ptr<VaultFiles::Upload>> VaultFiles::begin(const VaultAsker& who, const Allowed& allowed) {
  const auto now = parts_.changes.clock().now();
  store::VaultFile row;
  row.matter = allowed.row.matter;
  row.case_id = allowed.row.id;
  row.field = allowed.field->name;
  row.file = store::VaultFileId::make(now, parts_.changes.random());
  row.made = now;
  row.ends = allowed.row.made + allowed.field->retention_days * kFileDay;
  KW_TRY(auto with, sealer(row, purpose(row.matter, *allowed.field, allowed.row.district), allowed.field->grade));
  const std::lock_guard lock(mutex_);
  if (uploads_.size() >= kMostUploads)
    return vault_refusal(Errc::unavailable, "too_often",
                         "at most " + std::to_string(kMostUploads) + " uploads at a time");
  KW_TRY(auto handle, disk_.begin(row.file));
  const auto id = VaultUploadId::make(now, parts_.changes.random());
  auto upload =
      std::make_shared<Upload>(id, VaultAccess::name_of(who), std::move(row), std::move(handle), std::move(with));
  upload->heard = now;
  uploads_.emplace(id, upload);
  return upload;
}

Result<std::shared_ptr<VaultFiles::Upload>> VaultFiles::known(const VaultAsker& who, const std::string& matter,
                                                              const FilePart& part) {
  std::shared_ptr<Upload> upload;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = uploads_.find(*part.upload); at != uploads_.end()) upload = at->second;
  }
  if (upload == nullptr || upload->asker != VaultAccess::name_of(who)) return no_upload();
  const std::lock_guard lock(upload->mutex);
  const auto& row = upload->row;
  if (row.matter != matter || row.case_id != part.of.case_id || row.field != part.of.field) return no_upload();
  return upload;
}

void VaultFiles::forget(Upload& upload) {
  upload.over = true;
  const std::lock_guard lock(mutex_);
  uploads_.erase(upload.id);
}

void VaultFiles::drop(Upload& upload) {
  if (upload.over) return;
  forget(upload);
  if (const auto dropped = disk_.drop(upload.row.file); !dropped)  // the next start removes it
    parts_.log.error("vault.upload", {{"error", dropped.error().text()}});
}

void VaultFiles::give_up(const VaultUploadId& id) {
  std::shared_ptr<Upload> upload;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = uploads_.find(id); at != uploads_.end()) upload = at->second;
  }
  if (upload == nullptr) return;
  const std::lock_guard one_part(upload->mutex);
  drop(*upload);
}

Result<> VaultFiles::feed(Upload& upload, const FilePart& part) {
  if (upload.row.plain + part.octets.size() > kMostFile)
    return vault_refusal(Errc::too_large, "too_large", "a file of at most 64 MiB");
  KW_CHECK(upload.writer.add(part.octets.reveal(), part.last));
  upload.row.plain = upload.writer.plain();
  return {};
}

Result<FileProgress> VaultFiles::finish(const VaultAsker& who, const VaultTerms& terms, Upload& upload,
                                        const Allowed& allowed) {
  KW_CHECK(upload.writer.sync());
  auto& row = upload.row;
  row.made = parts_.changes.clock().now();
  KW_TRY(const auto root, sign(upload.writer.sealer(), row));
  KW_CHECK(commit(row, [&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().vault().put_file(row));
    return change.record(parts_.access.happening(who, "vault.file.stored", "success",
                                                 {{"matter", row.matter},
                                                  {"case", allowed.row.id.text()},
                                                  {"field", row.field},
                                                  {"octets", std::to_string(row.plain)},
                                                  {"root", root},
                                                  {"purpose", terms.purpose},
                                                  {"consent", terms.consent}}));
  }));
  return FileProgress{upload.id, upload.next, row, root};
}

Result<FileProgress> VaultFiles::put(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                     FilePart part) {
  KW_TRY(const auto read, read_terms(terms.purpose, terms.consent));
  if (read.purpose != masking::Purpose::entry)
    return vault_refusal(Errc::invalid, "purpose_forbidden", "files are written for entry");
  if (part.octets.size() > kMostPart) return vault_refusal(Errc::too_large, "too_large", "a part of at most 768 KiB");
  if (part.octets.empty() && !part.last) return vault_refusal(Errc::invalid, "value_invalid", "an empty part");
  // With each part: the case may have been removed, and the asker stopped.
  KW_TRY(const auto may, allowed(who, matter, part.of, "file"));
  if (!part.upload && part.part != 0) return vault_refusal(Errc::conflict, "upload_order", "part 0 is next");
  KW_TRY(const auto upload, part.upload ? known(who, matter, part) : begin(who, may));
  const std::lock_guard lock(upload->mutex);
  if (upload->over) return no_upload();
  if (upload->next != part.part)
    return vault_refusal(Errc::conflict, "upload_order", "part " + std::to_string(upload->next) + " is next");
  if (const auto fed = feed(*upload, part); !fed) {
    drop(*upload);
    return fed.error();
  }
  ++upload->next;
  upload->heard = parts_.changes.clock().now();
  if (!part.last) return FileProgress{upload->id, upload->next, std::nullopt, {}};
  auto done = finish(who, terms, *upload, may);
  if (!done) {
    drop(*upload);
    return done.error();
  }
  forget(*upload);
  // The file is stored, whatever becomes of the one that it replaced.
  if (const auto removed = remove_gone(); !removed)
    parts_.log.error("vault.files", {{"error", removed.error().text()}});
  return done;
}

}  // namespace kw::server

// Recordings that are whole: in the vault's form, read whole or by range, and given to who verifies them without a key.
#include <fcntl.h>

#include "crypto/pem.h"
#include "crypto/sm3.h"
#include "schema/codec.h"
#include "server/media_service.h"
#include "server/secret_file.h"
#include "server/vault/sealed_file_writer.h"
#include "vault/file_statement.h"

namespace kw::server {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Result<store::FileHandle> begin_sealed(const std::filesystem::path& path) {
  store::FileHandle out(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (out.is_open()) return out;
  return fail(errno == ENOSPC || errno == EDQUOT ? Errc::no_space : Errc::io, "file of a recording");
}

/// digest_of is SM3 of what a reader has left.
Result<Bytes> digest_of(RecordingReader& reader) {
  crypto::Sm3 hash;
  for (;;) {
    KW_TRY(const auto piece, reader.next());
    if (!piece) break;
    hash.update(*piece);
  }
  return copy(hash.finish());
}

}  // namespace

Result<std::string> MediaService::seal_whole(store::Media& row) {
  auto old_key = sealer_.open(place_of(row.id), row.key);
  if (!old_key) return fail(Errc::decrypt_failed, "recording");
  KW_TRY(const auto arrived,
         MediaReader::open(path_of(row.id, kArrivedEnd), {row.id, row.pieces, true}, std::move(*old_key)));
  const SecretBytes octets(changes_.random().bytes(vault::kKeyOctets));
  const RecordingPlace place(signing_.tenant, row);
  KW_TRY(auto key, place.key(octets));
  KW_TRY(auto sealer, vault::FileSealer::make(key, place.place(), vault::Grade::four, changes_.random()));
  const auto part = path_of(row.id, kSealingEnd);
  KW_TRY(auto file, begin_sealed(part));
  SealedFileWriter writer(std::move(sealer), std::move(file));
  const auto write = [&]() -> Result<std::string> {
    crypto::Sm3 hash;
    for (std::uint64_t i = 0; i < row.pieces; ++i) {
      KW_TRY(const auto piece, arrived->next());
      if (!piece) return fail(Errc::decrypt_failed, "recording");
      hash.update(*piece);
      KW_CHECK(writer.add(*piece, i + 1 == row.pieces));
    }
    const auto digest = hash.finish();
    if (!row.digest.empty() && !equal(row.digest, digest)) return fail(Errc::decrypt_failed, "recording");
    KW_CHECK(writer.sync());
    // Read back whole: what is said of it is of what is on the disk, not of what went by.
    KW_TRY(const auto back, RecordingReader::open(part, place, std::move(key), writer.sealer().octets()));
    KW_TRY(const auto found, digest_of(*back));
    if (!equal(found, digest)) return fail(Errc::decrypt_failed, "recording");
    KW_TRY(const auto statement, vault::statement_of(writer.sealer(), place.place()));
    KW_TRY(const auto object, vault::sign_statement(statement, signing_.key));
    KW_TRY(row.key, sealer_.seal(place_of(row.id), octets.reveal(), changes_.random()));
    row.statement = schema::serialise(object);
    row.stored = statement.octets;
    row.digest = copy(digest);
    store::PosixFileOps files;
    KW_CHECK(files.rename(part, path_of(row.id, kSealedEnd)));
    KW_CHECK(files.sync_directory(directory_));
    return to_hex(statement.root);
  };
  auto root = write();
  if (!root) static_cast<void>(remove_file(part));  // the recording's own end removes what stays
  return root;
}

void MediaService::drop_arrived(const OrderId& id) {
  if (const auto gone = remove_file(path_of(id, kArrivedEnd)); !gone)  // its key is gone, and remove() tries again
    log_.error("media.arrived", {{"order", id.text()}, {"error", gone.error().text()}});
}

Result<store::Media> MediaService::in_vault_form(const OrderId& id) {
  const std::lock_guard lock(sealing_);
  KW_TRY(auto row, get(id));
  if (row.state != store::MediaState::complete) return fail(Errc::wrong_state, std::string(name(row.state)));
  if (!row.statement.empty()) return row;
  KW_TRY(const auto root, seal_whole(row));
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().media().update(row));
    return change.record(happened(
        row.device, "media.resealed", "success",
        {{"order", row.id.text()}, {"kind", row.kind}, {"octets", std::to_string(row.octets)}, {"root", root}}));
  }));
  drop_arrived(id);
  return row;
}

Result<> MediaService::seal_older() {
  KW_TRY(const auto rows, changes_.store().read([](auto& r) { return r.media().unsealed(); }));
  std::size_t tried = 0;
  for (const auto& row : rows) {
    {
      const std::lock_guard lock(sealing_);
      if (stuck_.contains(row.id)) continue;
    }
    if (++tried > kSealAtOnce) break;
    const auto done = in_vault_form(row.id);
    if (done || done.code() == Errc::wrong_state) continue;  // removed meanwhile
    log_.error("media.seal", {{"order", row.id.text()}, {"error", done.error().text()}});
    if (done.code() == Errc::decrypt_failed) KW_CHECK(tell_damaged(row));
    const std::lock_guard lock(sealing_);
    stuck_.insert(row.id);
  }
  return {};
}

Result<> MediaService::tell_damaged(const store::Media& row) {
  if (!throttle_.lets(row.id.text(), "media.damaged")) return {};
  return changes_.run([&](Change& change) {
    return change.record(happened(row.device, "media.damaged", "failed", {{"order", row.id.text()}}));
  });
}

Result<std::unique_ptr<RecordingReader>> MediaService::open(const store::Media& row) const {
  auto octets = sealer_.open(place_of(row.id), row.key);
  if (!octets) return fail(Errc::decrypt_failed, "recording");
  const RecordingPlace place(signing_.tenant, row);
  KW_TRY(auto key, place.key(*octets));
  return RecordingReader::open(path_of(row.id, kSealedEnd), place, std::move(key), row.stored);
}

Result<MediaService::Content> MediaService::read(const OrderId& id, const std::string& purpose, const Actor& who,
                                                 const Range& range) {
  Content out;
  KW_TRY(out.media, get(id));
  if (out.media.state != store::MediaState::complete)
    return fail(Errc::wrong_state, std::string(name(out.media.state)));
  // The look counts when it was asked for, not when it succeeded.
  KW_CHECK(changes_.run([&](Change& change) {
    auto happening = happened(out.media.device, "media.read", "success",
                              {{"order", id.text()}, {"kind", out.media.kind}, {"purpose", purpose}});
    happening.actor = who;
    return change.record(happening);
  }));
  const auto opened = [&]() -> Result<> {
    KW_TRY(out.media, in_vault_form(id));
    KW_TRY(out.pieces, open(out.media));
    if (range.whole()) {
      KW_TRY(const auto digest, digest_of(*out.pieces));
      if (digest != out.media.digest) return fail(Errc::decrypt_failed, "recording");
    }
    const auto plain = out.pieces->plain();
    if (range.offset >= plain) return fail(Errc::invalid, "offset: behind the end");
    return out.pieces->range(range.offset, std::min(range.length.value_or(plain), plain - range.offset));
  }();
  if (!opened && opened.code() == Errc::decrypt_failed) KW_CHECK(tell_damaged(out.media));
  KW_CHECK(opened);
  out.pieces->on_damage = [this, row = out.media] {
    if (const auto told = tell_damaged(row); !told) log_.error("media.damaged", {{"error", told.error().text()}});
  };
  return out;
}

Result<MediaService::SealedFile> MediaService::sealed(const OrderId& id, const Actor& who) {
  auto row = in_vault_form(id);
  if (!row && row.code() == Errc::decrypt_failed) {
    KW_TRY(const auto damaged, get(id));
    KW_CHECK(tell_damaged(damaged));
  }
  KW_CHECK(row);
  KW_CHECK(changes_.run([&](Change& change) {
    auto happening = happened(row->device, "media.exported", "success", {{"order", id.text()}, {"kind", row->kind}});
    happening.actor = who;
    return change.record(happening);
  }));
  auto path = path_of(id, kSealedEnd);
  return SealedFile{std::move(*row), std::move(path)};
}

Result<std::string> MediaService::statement(const OrderId& id) {
  KW_TRY(auto row, get(id));
  if (row.statement.empty()) {
    KW_TRY(row, in_vault_form(id));
  }
  return crypto::pem_wrap(row.statement, vault::kStatementLabel);
}

}  // namespace kw::server

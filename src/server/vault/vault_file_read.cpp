// Files are given out: in the clear to who may see them whole, sealed and with their statement to auditors.
#include <algorithm>

#include "crypto/pem.h"
#include "server/vault/vault_files.h"
#include "server/vault/vault_refusal.h"
#include "server/vault/vault_terms.h"
#include "vault/file_statement.h"

namespace kw::server {
namespace {

constexpr std::size_t kSealedPiece = 256UL << 10;

}  // namespace

/// Plain octets of a range; the chunk that they begin in is open already.
class VaultFiles::PlainBody final : public net::BodySource {
 public:
  PlainBody(VaultFiles& files, Opened opened, vault::FileOpener opener, SecretBytes first, std::uint64_t offset,
            std::uint64_t length)
      : files_(files),
        opened_(std::move(opened)),
        opener_(std::move(opener)),
        chunk_(std::move(first)),
        at_(offset),
        left_(length),
        size_(length) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::optional<Bytes>> next() override {
    if (left_ == 0) return std::optional<Bytes>();
    if (!chunk_) {
      KW_TRY(chunk_, files_.chunk(opened_, opener_, at_ / vault::kChunk));
    }
    const auto from = static_cast<std::size_t>(at_ % vault::kChunk);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_->size() - from, left_));
    auto out = copy(chunk_->reveal().subspan(from, count));
    chunk_.reset();
    at_ += count;
    left_ -= count;
    return std::optional(std::move(out));
  }

 private:
  VaultFiles& files_;
  Opened opened_;
  vault::FileOpener opener_;
  std::optional<SecretBytes> chunk_;
  std::uint64_t at_, left_, size_;
};

class VaultFiles::SealedBody final : public net::BodySource {
 public:
  explicit SealedBody(Opened opened) : opened_(std::move(opened)) {}
  [[nodiscard]] std::uint64_t size() const override { return opened_.row.sealed; }
  Result<std::optional<Bytes>> next() override {
    Bytes piece(kSealedPiece);
    KW_TRY(const auto got, store::read_at(*opened_.handle, piece, at_));
    at_ += got;
    piece.resize(got);
    return got == 0 ? std::optional<Bytes>() : std::optional(std::move(piece));
  }

 private:
  Opened opened_;
  std::uint64_t at_ = 0;
};

Error VaultFiles::damaged(const store::VaultFile& row, const Error& why) {
  parts_.log.error("vault.file", {{"case", row.case_id.text()}, {"field", row.field}, {"error", why.text()}});
  {
    const std::lock_guard lock(mutex_);
    damaged_.insert(row.file);
  }
  if (const auto told = parts_.watch.tell({row.matter, "files", row.case_id.text(), 1}); !told) return told.error();
  return Error(Errc::corrupt, "file of case " + row.case_id.text());
}

Result<VaultFiles::Opened> VaultFiles::find(const std::string& matter, const FileWish& wish) {
  Opened out;
  auto handle = [&]() -> Result<store::FileHandle> {
    const std::shared_lock lock(place_);
    KW_TRY(out.row,
           parts_.changes.store().read([&](auto& r) { return r.vault().get_file(matter, wish.case_id, wish.field); }));
    return disk_.read(out.row.file);
  }();
  if (!handle && out.row.file.is_nil())
    return handle.code() == Errc::not_found ? vault_refusal(Errc::not_found, "file_unknown", "") : handle.error();
  if (!handle) return handle.code() == Errc::not_found ? damaged(out.row, handle.error()) : handle.error();
  out.handle = std::make_shared<store::FileHandle>(std::move(*handle));
  KW_TRY(const auto octets, store::file_size(*out.handle));
  if (octets != out.row.sealed) return damaged(out.row, Error(Errc::corrupt, "its size"));
  return out;
}

Result<vault::FileOpener> VaultFiles::opener(const Opened& opened) const {
  const auto& row = opened.row;
  Bytes head(vault::kFileHeader);
  KW_TRY(const auto got, store::read_at(*opened.handle, head, 0));
  head.resize(got);
  const auto header = vault::file_header(head);
  if (!header || header->key != row.key) return fail(Errc::decrypt_failed, "header of a file");
  const auto at = standing(row);
  return parts_.keys.with(
      [&](const vault::KeyRing& ring) { return vault::FileOpener::make(ring, at.place(), head, row.sealed); });
}

Result<SecretBytes> VaultFiles::chunk(const Opened& opened, const vault::FileOpener& opener, std::uint64_t index) {
  Bytes sealed(opener.layout().size(index));
  KW_TRY(const auto got, store::read_at(*opened.handle, sealed, opener.layout().offset(index)));
  sealed.resize(got);
  auto plain = opener.open(index, sealed);
  if (!plain) return damaged(opened.row, plain.error());
  return plain;
}

std::string VaultFiles::why_not(const VaultAsker& who, const Allowed& allowed) const {
  const auto as = parts_.access.looker(who, allowed.row);
  if (!as || std::holds_alternative<masking::Agent>(*as)) return "trunk_only";
  const auto& roles = allowed.field->whole_for;
  const bool named = std::ranges::find(roles, who.role()) != roles.end();
  return allowed.field->mask.empty() || named ? "" : "role_not_named";
}

Result<GivenFile> VaultFiles::read(const VaultAsker& who, const std::string& matter, const VaultTerms& terms,
                                   const FileWish& wish, const FileRange& range) {
  KW_CHECK(read_terms(terms.purpose, terms.consent));
  KW_TRY(const auto may, allowed(who, matter, wish, "file"));
  std::map<std::string, std::string> params{{"matter", matter},         {"case", wish.case_id.text()},
                                            {"fields", wish.field},     {"place", "file"},
                                            {"purpose", terms.purpose}, {"consent", terms.consent}};
  if (const auto why = why_not(who, may); !why.empty()) {
    params["why"] = why;
    KW_CHECK(parts_.access.record(who, "vault.revealed", "refused", params));
    return vault_refusal(Errc::forbidden, "reveal_refused", why);
  }
  KW_TRY(auto opened, find(matter, wish));
  const auto& row = opened.row;
  const auto state = parts_.keys.with([&](const vault::KeyRing& ring) { return ring.state(row.key); });
  if (state && !vault::may_open(*state)) {  // nobody damaged it
    parts_.log.error("vault.file", {{"case", row.case_id.text()}, {"error", "its key is disabled or destroyed"}});
    return fail(Errc::corrupt, "file of case " + row.case_id.text());
  }
  auto from = opener(opened);
  if (!from) return damaged(row, from.error());
  const auto plain = from->layout().plain;
  if (plain != row.plain) return damaged(row, Error(Errc::corrupt, "its row"));
  if (range.offset > plain || (range.offset == plain && plain > 0))
    return vault_refusal(Errc::invalid, "value_invalid", "offset behind the end");
  const auto length = std::min(range.length.value_or(plain), plain - range.offset);
  KW_TRY(auto first, chunk(opened, *from, range.offset / vault::kChunk));
  KW_CHECK(parts_.access.record(who, "vault.revealed", "success", params));
  GivenFile out;
  out.file = row;
  out.octets =
      std::make_shared<PlainBody>(*this, std::move(opened), std::move(*from), std::move(first), range.offset, length);
  return out;
}

Result<GivenFile> VaultFiles::sealed(const VaultAsker& who, const std::string& matter, const FileWish& wish) {
  KW_CHECK(allowed(who, matter, wish, "file"));
  KW_TRY(auto opened, find(matter, wish));
  KW_CHECK(parts_.access.record(who, "vault.file.exported", "success",
                                {{"matter", matter}, {"case", wish.case_id.text()}, {"field", wish.field}}));
  GivenFile out;
  out.file = opened.row;
  out.octets = std::make_shared<SealedBody>(std::move(opened));
  return out;
}

Result<std::string> VaultFiles::statement(const VaultAsker& who, const std::string& matter, const FileWish& wish) {
  KW_CHECK(allowed(who, matter, wish, "file"));
  const auto row =
      parts_.changes.store().read([&](auto& r) { return r.vault().get_file(matter, wish.case_id, wish.field); });
  if (!row && row.code() == Errc::not_found) return vault_refusal(Errc::not_found, "file_unknown", "");
  KW_CHECK(row);
  return crypto::pem_wrap(row->statement, vault::kStatementLabel);
}

}  // namespace kw::server

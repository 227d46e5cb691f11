#include "vault/file_statement.h"

#include <algorithm>

#include "schema/signed_octets.h"

namespace kw::vault {
namespace {

namespace wire = ::kioskward::v1;

constexpr std::string_view kStatementKind = "vault-file";
constexpr int kMostSignatures = 8;

Result<std::string> read_word(Reader& in) {
  KW_TRY(const auto word, in.vec8());
  if (word.empty()) return fail(Errc::malformed, "place of a file");
  return copy_text(word);
}

}  // namespace

Result<FileStatement> statement_of(const FileSealer& sealer, const FilePlace& place) {
  if (!sealer.finished()) return fail(Errc::wrong_state, "the last chunk is not sealed");
  return FileStatement{std::string(place.tenant), std::string(place.collection), std::string(place.file),
                       sealer.octets(),           crypto::sm3(sealer.header()),  sealer.tree().root()};
}

Bytes build_statement(const FileStatement& statement) {
  Writer out(256);
  write_form_start(out, Form::file_statement);
  FilePlace{statement.tenant, statement.collection, statement.file}.write(out);
  out.u64(statement.octets).raw(statement.header).raw(statement.root);
  return std::move(out).take();
}

Result<FileStatement> parse_statement(ByteView payload) {
  if (payload.size() > kMostStatement) return fail(Errc::too_large, "statement of a file");
  Reader in(payload);
  KW_CHECK(read_form_start(in, Form::file_statement));
  FileStatement out;
  KW_TRY(out.tenant, read_word(in));
  KW_TRY(out.collection, read_word(in));
  KW_TRY(out.file, read_word(in));
  KW_TRY(out.octets, in.u64());
  KW_TRY(const auto header, in.take(32));
  KW_TRY(out.header, to_array<32>(header));
  KW_TRY(const auto root, in.take(32));
  KW_TRY(out.root, to_array<32>(root));
  KW_CHECK(in.finish());
  return out;
}

Result<wire::Signed> sign_statement(const FileStatement& statement, const crypto::Sm2PrivateKey& key) {
  const auto payload = build_statement(statement);
  KW_TRY(const auto signature, key.sign(schema::signed_octets(kStatementKind, payload)));
  wire::Signed out;
  out.set_version(1);
  out.set_kind(std::string(kStatementKind));
  out.set_payload(copy_text(payload));
  auto* one = out.add_signatures();
  one->set_key_id(copy_text(key.public_key().key_id()));
  one->set_value(copy_text(signature));
  return out;
}

Result<FileStatement> open_statement(const wire::Signed& object, const crypto::Sm2PublicKey& key) {
  if (object.version() != 1) return fail(Errc::unsupported, "version of a signed object");
  if (object.kind() != kStatementKind || object.signatures_size() > kMostSignatures)
    return fail(Errc::malformed, "statement of a file");
  const auto payload = bytes_of(object.payload());
  const auto key_id = key.key_id();
  for (const auto& one : object.signatures())
    if (equal(bytes_of(one.key_id()), key_id) &&
        key.verify(schema::signed_octets(kStatementKind, payload), bytes_of(one.value())))
      return parse_statement(payload);
  return fail(Errc::bad_signature, "statement of a file");
}

Result<FileVerifier> FileVerifier::make(FileStatement statement) {
  KW_TRY(const auto layout, FileLayout::of_sealed(statement.octets));
  return FileVerifier(std::move(statement), layout);
}

void FileVerifier::hash_pending(bool all) {
  std::vector<ByteView> chunks;
  std::size_t at = 0;
  const auto least = all ? std::size_t{1} : kSealedChunk;
  while (pending_.size() - at >= least) {
    const auto size = std::min(kSealedChunk, pending_.size() - at);
    chunks.push_back(ByteView(pending_).subspan(at, size));
    at += size;
  }
  tree_.add(chunks);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
}

Result<> FileVerifier::add(ByteView piece) {
  if (piece.size() > layout_.octets - seen_) return fail(Errc::corrupt, "a file is longer than signed");
  seen_ += piece.size();
  const auto of_header = std::min(piece.size(), kFileHeader - header_.size());
  append(header_, piece.first(of_header));
  piece = piece.subspan(of_header);
  while (!piece.empty()) {
    const auto size = std::min(piece.size(), kSideBySide * kSealedChunk - pending_.size());
    append(pending_, piece.first(size));
    piece = piece.subspan(size);
    if (pending_.size() == kSideBySide * kSealedChunk) hash_pending(false);
  }
  return {};
}

Result<> FileVerifier::finish() {
  hash_pending(true);
  if (seen_ != layout_.octets) return fail(Errc::corrupt, "a file is shorter than signed");
  if (crypto::sm3(header_) != statement_.header) return fail(Errc::corrupt, "header of a file");
  if (tree_.size() != layout_.chunks || tree_.root() != statement_.root) return fail(Errc::corrupt, "chunk of a file");
  return {};
}

}  // namespace kw::vault

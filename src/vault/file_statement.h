#pragma once
// FileStatement says what a sealed file is, octet for octet, and is signed; FileVerifier checks a file against it
// without any key.
//
//   payload mark (form file_statement) | vec8 tenant | vec8 collection | vec8 file | octets (u64) | SM3(header) | root
//
// The root is that of ChunkTree over the sealed chunks with their tags. A root over tags alone would not do: who has no
// key cannot tell that a ciphertext belongs to its tag. On the wire it is v1::Signed{kind "vault-file"}; the signature
// is SM2's, over the stored payload octets. PURE. Why: ADR 102.
#include <string>

#include "crypto/sm2.h"
#include "kioskward/v1/common.pb.h"
#include "vault/file.h"

namespace kw::vault {

inline constexpr std::size_t kMostStatement = 1024;
/// kStatementLabel is the PEM label of a v1::Signed that is handed out as text.
inline constexpr std::string_view kStatementLabel = "KIOSKWARD FILE STATEMENT";

struct FileStatement {
  std::string tenant, collection, file;
  std::uint64_t octets = 0;  // of the sealed file
  crypto::Digest header{};   // SM3 of its first kFileHeader octets
  ChunkHash root{};
  friend bool operator==(const FileStatement&, const FileStatement&) = default;
};

/// statement_of: Errc::wrong_state before the last chunk is sealed.
Result<FileStatement> statement_of(const FileSealer& sealer, const FilePlace& place);
/// build_statement needs words of 1 to 255 octets. parse_statement: Errc::malformed, unsupported, truncated,
/// trailing_data, too_large.
[[nodiscard]] Bytes build_statement(const FileStatement& statement);
Result<FileStatement> parse_statement(ByteView payload);

Result<::kioskward::v1::Signed> sign_statement(const FileStatement& statement, const crypto::Sm2PrivateKey& key);
/// open_statement: Errc::bad_signature unless one signature is `key`'s; otherwise as parse_statement.
Result<FileStatement> open_statement(const ::kioskward::v1::Signed& object, const crypto::Sm2PublicKey& key);

/// Takes a sealed file from beginning to end in pieces of any size. One thread at a time.
class FileVerifier {
 public:
  static Result<FileVerifier> make(FileStatement statement);  // Errc::malformed for a size that no file has
  /// add: Errc::corrupt as soon as there is more than the statement says.
  Result<> add(ByteView piece);
  /// finish: Errc::corrupt where header, size or any chunk is not as signed.
  Result<> finish();

 private:
  static constexpr std::size_t kSideBySide = 16;  // chunks that are hashed together
  FileVerifier(FileStatement statement, FileLayout layout) : statement_(std::move(statement)), layout_(layout) {}
  void hash_pending(bool all);

  FileStatement statement_;
  FileLayout layout_;
  Bytes header_, pending_;
  std::uint64_t seen_ = 0;
  ChunkTree tree_;
};

}  // namespace kw::vault

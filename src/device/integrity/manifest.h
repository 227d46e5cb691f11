#pragma once
// Manifest is an approved baseline of section "integrity": what each watched file was (clauses 7.1, 9.7-d).
//
// PURE; immutable once made, any thread.
#include <map>
#include <string>

#include "crypto/sm3.h"
#include "kioskward/v1/integrity.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

/// What is told of one file: content, kind, permissions and owner.
struct FileState {
  crypto::Digest digest{};  // of the content; of a symbolic link's target; zero for what has neither
  std::uint32_t mode = 0;   // with the file type, stat(2)
  std::uint32_t uid = 0, gid = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};

struct Manifest {
  static constexpr std::size_t kMostOctets = 900U << 10;
  static constexpr std::size_t kMostCopy = 64U << 10;

  std::map<std::string, FileState, std::less<>> files;  // by absolute path
  std::map<std::string, Bytes, std::less<>> copies;     // content of key files

  /// parse reads IntegrityBaseline. Errc::too_large, Errc::malformed (not in rising order, a digest of another size, a
  /// name with a slash), Errc::unsupported (version).
  static Result<Manifest> parse(ByteView content);
  /// serialise: Errc::too_large names the number of files where they do not fit.
  [[nodiscard]] Result<Bytes> serialise() const;
};

}  // namespace kw::device

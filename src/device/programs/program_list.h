#pragma once
// ProgramList is an approved baseline of section "programs", made for looking digests up (clause 9.7-d).
//
// PURE; immutable, any thread.
#include <string>
#include <vector>

#include "crypto/sm3.h"
#include "kioskward/v1/programs.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

struct Program {
  crypto::Digest digest{};
  std::string path;  // where it was seen; may be empty
  bool interpreter = false;
};

class ProgramList {
 public:
  static constexpr std::size_t kMostOctets = 900U << 10;
  static constexpr std::size_t kMostPath = 256;

  /// parse reads ProgramBaseline. Errc::too_large, Errc::malformed (not in rising order, a digest of another size),
  /// Errc::unsupported (version).
  static Result<ProgramList> parse(ByteView content);
  /// make sorts, joins equal digests (the first path stays, one interpreter makes all) and drops nothing.
  static ProgramList make(std::vector<Program> programs);

  /// serialise gives the message. Where it would not fit, paths go, the longest first; Errc::too_large where digests
  /// alone are too many.
  [[nodiscard]] Result<Bytes> serialise() const;

  [[nodiscard]] const Program* find(const crypto::Digest& digest) const;
  [[nodiscard]] const std::vector<Program>& all() const noexcept { return programs_; }

 private:
  std::vector<Program> programs_;  // by rising digest
};

}  // namespace kw::device

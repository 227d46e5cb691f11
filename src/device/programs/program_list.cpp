#include "device/programs/program_list.h"

#include <algorithm>

#include "base/text.h"
#include "schema/codec.h"

namespace kw::device {
namespace {

// What one program takes in the message beside its path: digest, two headers of two octets, one for the flag.
constexpr std::size_t kEntry = 32 + 2 + 3 + 2;

}  // namespace

Result<ProgramList> ProgramList::parse(ByteView content) {
  KW_TRY(const auto message, schema::parse<v1::ProgramBaseline>(content, kMostOctets));
  if (message.version() != 1)
    return fail(Errc::unsupported, "program baseline of version " + std::to_string(message.version()));
  ProgramList out;
  out.programs_.reserve(static_cast<std::size_t>(message.programs_size()));
  for (const auto& one : message.programs()) {
    KW_TRY(const auto digest, to_array<32>(bytes_of(one.digest())));
    if (one.path().size() > kMostPath) return fail(Errc::malformed, "a path of a program is too long");
    if (!out.programs_.empty() && out.programs_.back().digest >= digest)
      return fail(Errc::malformed, "programs are not in the order of their digests");
    out.programs_.push_back({digest, one.path(), one.interpreter()});
  }
  return out;
}

ProgramList ProgramList::make(std::vector<Program> programs) {
  std::ranges::stable_sort(programs, {}, &Program::digest);
  ProgramList out;
  for (auto& one : programs) {
    one.path = clean_text(one.path, kMostPath);
    if (out.programs_.empty() || out.programs_.back().digest != one.digest) {
      out.programs_.push_back(std::move(one));
      continue;
    }
    auto& kept = out.programs_.back();
    kept.interpreter = kept.interpreter || one.interpreter;
    if (kept.path.empty()) kept.path = std::move(one.path);
  }
  return out;
}

Result<Bytes> ProgramList::serialise() const {
  if (programs_.size() * kEntry > kMostOctets - 16)
    return fail(Errc::too_large, std::to_string(programs_.size()) + " programs do not fit a baseline");
  // The longest paths that still fit: lengths are few, so that counting them is enough.
  std::vector<std::size_t> by_length(kMostPath + 1);
  for (const auto& one : programs_) ++by_length[one.path.size()];
  std::size_t left = kMostOctets - 16 - programs_.size() * kEntry, longest = 0;
  for (std::size_t length = 1; length <= kMostPath; ++length) {
    const auto need = by_length[length] * (length + 3);
    if (need > left) break;
    left -= need;
    longest = length;
  }
  v1::ProgramBaseline out;
  out.set_version(1);
  for (const auto& one : programs_) {
    auto& to = *out.add_programs();
    to.set_digest(one.digest.data(), one.digest.size());
    if (one.path.size() <= longest) to.set_path(one.path);
    to.set_interpreter(one.interpreter);
  }
  return schema::serialise(out);
}

const Program* ProgramList::find(const crypto::Digest& digest) const {
  const auto at = std::ranges::lower_bound(programs_, digest, {}, &Program::digest);
  return at == programs_.end() || at->digest != digest ? nullptr : &*at;
}

}  // namespace kw::device

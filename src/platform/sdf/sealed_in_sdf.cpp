#include "platform/sdf/sealed_in_sdf.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace kw::platform {
namespace {

constexpr std::string_view kSdfMagic = "KWSDF", kSignedAs = "kioskward sealed in sdf:";
constexpr std::uint8_t kSdfForm = 1;

Writer unsigned_part(const SealedInSdf& sealed) {
  Writer out;
  out.raw(bytes_of(kSdfMagic)).u8(kSdfForm).raw(sealed.key);
  const auto& [x, y, hash, key] = sealed.cipher;
  out.raw(x).raw(y).raw(hash).raw(key).raw(sealed.iv).raw(sealed.secret);
  return out;
}

template <std::size_t n>
Result<> take_into(Reader& in, std::array<Byte, n>& to) {
  KW_TRY(const auto octets, in.take(n));
  std::ranges::copy(octets, to.begin());
  return {};
}

Result<SealedInSdf> read_fields(Reader& in) {
  SealedInSdf out;
  auto& [x, y, hash, key] = out.cipher;
  KW_CHECK(take_into(in, out.key));
  for (auto* field : {&x, &y, &hash}) KW_CHECK(take_into(in, *field));
  KW_CHECK(take_into(in, key));
  KW_CHECK(take_into(in, out.iv));
  for (auto* field : {&out.secret, &out.r, &out.s}) KW_CHECK(take_into(in, *field));
  KW_CHECK(in.finish());
  return out;
}

}  // namespace

Bytes SealedInSdf::message(std::string_view context) const {
  Writer out;
  out.raw(bytes_of(kSignedAs)).vec8(bytes_of(context)).raw(unsigned_part(*this).view());
  return std::move(out).take();
}

Bytes SealedInSdf::octets() const {
  auto out = unsigned_part(*this);
  out.raw(r).raw(s);
  return std::move(out).take();
}

Result<SealedInSdf> parse_sealed_in_sdf(ByteView octets) {
  Reader in(octets);
  const auto magic = in.take(kSdfMagic.size());
  if (!magic || text_of(*magic) != kSdfMagic) return fail(Errc::malformed, "not sealed by a module");
  const auto form = in.u8();
  if (form && *form != kSdfForm) return fail(Errc::unsupported, "a newer form of what a module sealed");
  auto out = read_fields(in);
  if (!form || !out) return fail(Errc::malformed, "sealed by a module, and cut or lengthened since");
  return out;
}

}  // namespace kw::platform

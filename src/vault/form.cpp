#include "vault/form.h"

#include <algorithm>

namespace kw::vault {
namespace {

constexpr std::uint8_t kFormVersion = 1;

bool has_grade(Form form) { return form == Form::field || form == Form::record || form == Form::file; }

}  // namespace

void write_form_start(Writer& out, Form form) {
  out.u8('K').u8('V').u8(kFormVersion).u8(static_cast<std::uint8_t>(form)).u8(kSuite);
}

Result<> read_form_start(Reader& in, Form expected) {
  KW_TRY(const auto mark, in.u16());
  if (mark != (('K' << 8) | 'V')) return fail(Errc::malformed, "not a form of the vault");
  KW_TRY(const auto version, in.u8());
  if (version != kFormVersion) return fail(Errc::unsupported, "version of a vault form");
  KW_TRY(const auto form, in.u8());
  if (form != static_cast<std::uint8_t>(expected)) return fail(Errc::malformed, "another form of the vault");
  KW_TRY(const auto suite, in.u8());
  if (suite != kSuite) return fail(Errc::unsupported, "suite of a vault form");
  return {};
}

void FormHeader::write(Writer& out) const {
  write_form_start(out, form);
  out.u8(grade).u32(key.version).raw(key.id.bytes());
}

Result<FormHeader> read_header(Reader& in, Form expected) {
  KW_CHECK(read_form_start(in, expected));
  FormHeader out;
  out.form = expected;
  KW_TRY(out.grade, in.u8());
  if (has_grade(expected) ? !is_grade(out.grade) : out.grade != 0) return fail(Errc::malformed, "grade");
  KW_TRY(out.key.version, in.u32());
  KW_TRY(const auto id, in.take(16));
  KW_TRY(out.key.id, KeyId::from_bytes(id));
  return out;
}

Result<SealedForm> read_sealed(ByteView octets, Form expected) {
  Reader in(octets);
  SealedForm out;
  KW_TRY(out.header, read_header(in, expected));
  KW_TRY(const auto salt, in.take(kSalt));
  std::ranges::copy(salt, out.salt.begin());
  out.associated = octets.first(in.position());
  out.rest = in.rest();
  return out;
}

}  // namespace kw::vault

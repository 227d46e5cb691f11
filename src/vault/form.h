#pragma once
// FormHeader is what every stored octet string of the vault begins with: what it is, how it was made, under which key.
//
//   octets 'K' 'V' | version 1 | form | suite 1 | grade | key version (u32) | key ID (16)            26 octets
//
// Sealed forms (field, record, file, wrapped key) go on with a salt of 16 octets and the ciphertext. A suite names all
// algorithms at once, so that none can be exchanged alone: 1 is SM4-GCM under a key by HMAC-SM3. Grade 0 stands where
// there is none. PURE. Why: ADR 100.
#include "base/id.h"
#include "base/reader.h"
#include "base/writer.h"
#include "vault/words.h"

namespace kw::vault {

enum class Form : std::uint8_t { field = 1, record, file, wrapped_key, row_seal, file_statement, rotation_cursor };
inline constexpr std::uint8_t kSuite = 1;
inline constexpr std::size_t kHeader = 26;
inline constexpr std::size_t kSalt = 16;

using KeyId = Id<struct VaultKeyTag>;
using Salt = std::array<Byte, kSalt>;

/// One version of a key. The ID is the key's for as long as it has a purpose; a rotation makes the next version.
struct KeyRef {
  KeyId id;
  std::uint32_t version = 0;
  friend auto operator<=>(const KeyRef&, const KeyRef&) = default;
};

struct FormHeader {
  Form form = Form::field;
  std::uint8_t grade = 0;
  KeyRef key;
  void write(Writer& out) const;
  friend bool operator==(const FormHeader&, const FormHeader&) = default;
};

/// read_header: Errc::malformed for what is not of this form, unsupported for another version or suite, truncated.
Result<FormHeader> read_header(Reader& in, Form expected);
/// write_form_start and read_form_start: the marks of forms that have no key (statement, cursor).
void write_form_start(Writer& out, Form form);
Result<> read_form_start(Reader& in, Form expected);

/// The same header with its salt and what follows; views into the input.
struct SealedForm {
  FormHeader header;
  Salt salt{};
  ByteView associated;  // header and salt as they were read
  ByteView rest;
};
Result<SealedForm> read_sealed(ByteView in, Form expected);

}  // namespace kw::vault

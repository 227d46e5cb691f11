#pragma once
// pem_find and pem_wrap read and write the textual encoding of RFC 7468.
#include "base/bytes.h"
#include "base/secret.h"

namespace kw::crypto {

/// pem_find decodes the next block of `label` in `text` and moves `text` past it. Errc::not_found when there is none,
/// Errc::malformed for a block that is not closed or not base64. Other blocks and text between them are skipped.
Result<SecretBytes> pem_find(std::string_view& text, std::string_view label);
[[nodiscard]] std::string pem_wrap(ByteView der, std::string_view label);

}  // namespace kw::crypto

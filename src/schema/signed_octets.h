#pragma once
// signed_octets is what a signature of a v1::Signed covers: "kioskward:" kind ":v1" 0x00 payload, so that an object of
// one kind never passes for one of another (schemas/kioskward/v1/common.proto).
//
// PURE; any thread.
#include <string_view>

#include "base/writer.h"

namespace kw::schema {

[[nodiscard]] inline Bytes signed_octets(std::string_view kind, ByteView payload) {
  Writer out(kind.size() + payload.size() + 16);
  out.raw(bytes_of("kioskward:")).raw(bytes_of(kind)).raw(bytes_of(":v1")).u8(0).raw(payload);
  return std::move(out).take();
}

}  // namespace kw::schema

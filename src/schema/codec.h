#pragma once
// parse and serialise turn protobuf messages into octets and back, with a size bound checked first.
#include <google/protobuf/message_lite.h>

#include "base/bytes.h"

namespace kw::schema {

/// parse refuses input above `most` octets (Errc::too_large) and anything that is not T (Errc::malformed).
template <class T>
Result<T> parse(ByteView in, std::size_t most) {
  if (in.size() > most) return fail(Errc::too_large);
  T out;
  if (!out.ParseFromArray(in.data(), static_cast<int>(in.size()))) return fail(Errc::malformed, "protobuf");
  return out;
}

inline Bytes serialise(const google::protobuf::MessageLite& message) {
  Bytes out(message.ByteSizeLong());
  message.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

}  // namespace kw::schema

// links: crypto
// Messages of any lengths behind any prefix: each kernel that this processor runs hashes them as the plain function
// does.
#include <algorithm>
#include <cstdlib>

#include "base/reader.h"
#include "crypto/sm3_kernels.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  Reader in({data, size});
  const auto some = [&] {
    const std::size_t length = 2 * std::size_t{*in.u8()};
    return *in.take(std::min(in.left(), length));
  };
  if (in.left() == 0) return 0;
  const ByteView prefix = some();
  std::vector<ByteView> messages;
  while (in.left() > 0) messages.push_back(some());
  std::vector<crypto::Digest> digests(messages.size());
  for (const auto& kernel : crypto::sm3_kernels()) {
    crypto::sm3_many_with(kernel, prefix, messages, digests);
    for (size_t i = 0; i < messages.size(); ++i)
      if (digests[i] != crypto::sm3_concat({prefix, messages[i]})) std::abort();
  }
  return 0;
}

// links: realname
// A token of any kind is judged without harm; one that is taken verifies under the authority's key.
#include "realname/id_token.h"

namespace {

const std::vector<kw::realname::Authority>& authorities() {
  static const auto made = [] {
    kw::realname::Authority out;
    out.issuer = "joe";
    out.audience = "a";
    out.keys = kw::realname::KeySet::parse(
                   R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})")
                   .value();
    return std::vector{out};
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(kw::realname::KeySet::parse(text));
  if (kw::realname::judge_id_token(text, authorities(), "n", kw::Timestamp::from_seconds(1'300'000'000)))
    __builtin_trap();
  return 0;
}

// links: server
#include "server/api/bodies.h"

namespace {
template <class T>
void one(std::string_view text) {
  const auto body = kw::server::read_json<T>(text);
  // What was accepted is accepted again as it is written.
  if (body && !kw::server::read_json<T>(kw::server::write_json(*body))) __builtin_trap();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  one<kw::server::Login>(text);
  one<kw::server::ActivationBegin>(text);
  one<kw::server::ActivationConfirm>(text);
  one<kw::server::SiteNew>(text);
  one<kw::server::EnrolTokenNew>(text);
  one<kw::server::Binding>(text);
  one<kw::server::Reason>(text);
  one<kw::server::PolicyPublish>(text);
  one<kw::server::UserNew>(text);
  return 0;
}

// links: server
// A list of breached passwords as anybody may write it, and a password beside it: what the rules take is not in the
// list.
#include "server/password_rules.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = kw::server::BreachedPasswords::parse(text);
  const auto password = text.substr(0, text.find('\n'));
  const auto taken = kw::server::check_password("alice", password, 8, list);
  if (taken && (list.contains(password) || password.size() < 8 || password.size() > 256)) std::abort();
  return 0;
}

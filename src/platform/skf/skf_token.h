#pragma once
// open_skf_token opens a person's UKey through its vendor's library (GM/T 0016, SKF); the port is pki/token.h.
//
// `which` is a key's name as list_skf_keys gives it, "device/application/container"; empty where there is one key only.
// Errc::not_found where no SM2 signing key is there, Errc::conflict where several are and none was named (the detail
// lists them). A library runs inside this process with its rights: name only one you would run.
#include <string>
#include <vector>

#include "pki/token.h"

namespace kw::platform {

[[nodiscard]] Result<std::vector<std::string>> list_skf_keys(const std::string& library);
[[nodiscard]] Result<std::unique_ptr<pki::Token>> open_skf_token(const std::string& library,
                                                                 const std::string& which = {});

}  // namespace kw::platform

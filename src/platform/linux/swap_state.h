#pragma once
// swap_state says where memory may be swapped to: "none", "memory" (zram alone), "encrypted", or "plain" for anything
// else that is on; read from proc/swaps and sysfs below a root directory. Empty: it cannot be told.
//
// encrypted_block says whether a block device (its directory in sysfs) is dm-crypt, or is made of nothing else.
#include <filesystem>
#include <string>

namespace kw::platform {

[[nodiscard]] std::string swap_state(const std::filesystem::path& root);
[[nodiscard]] bool encrypted_block(const std::filesystem::path& block);

}  // namespace kw::platform

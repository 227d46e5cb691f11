#include "platform/linux/swap_state.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/bytes.h"
#include "platform/linux/durable_file.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostSwaps = std::size_t{64} << 10;
constexpr int kDeepestVolume = 4;

// dm-crypt under the file system, or under each volume that it is made of (LVM on LUKS).
bool encrypted_below(const fs::path& block, int depth) {
  const auto uuid = read_file((block / "dm/uuid").native(), 256);
  if (uuid && text_of(*uuid).starts_with("CRYPT-")) return true;
  if (depth >= kDeepestVolume) return false;
  std::size_t below = 0, good = 0;
  std::error_code error;
  for (fs::directory_iterator at(block / "slaves", error), end; !error && at != end; at.increment(error)) {
    ++below;
    if (encrypted_below(at->path(), depth + 1)) ++good;
  }
  return below > 0 && good == below;
}

std::string kind_of_swap(const fs::path& root, const std::string& path) {
  struct stat facts{};
  if (::stat((root / path.substr(1)).c_str(), &facts) != 0) return "plain";  // what is not known is not good
  const auto device = S_ISBLK(facts.st_mode) ? facts.st_rdev : facts.st_dev;
  if (path.starts_with("/dev/zram")) return "memory";
  const auto block = root / "sys/dev/block" / (std::to_string(major(device)) + ":" + std::to_string(minor(device)));
  return encrypted_block(block) ? "encrypted" : "plain";
}

}  // namespace

bool encrypted_block(const fs::path& block) { return encrypted_below(block, 0); }

std::string swap_state(const fs::path& root) {
  const auto table = read_file((root / "proc/swaps").native(), kMostSwaps);
  if (!table) return {};
  auto text = text_of(*table);
  std::string out = "none";
  for (bool head = true; !text.empty(); head = false) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (head || line.empty() || line[0] != '/') continue;
    const auto kind = kind_of_swap(root, std::string(line.substr(0, line.find_first_of(" \t"))));
    if (kind == "plain") return kind;
    if (out != "encrypted") out = kind;
  }
  return out;
}

}  // namespace kw::platform

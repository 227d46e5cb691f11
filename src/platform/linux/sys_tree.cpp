#include "platform/linux/sys_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

namespace fs = std::filesystem;

std::vector<std::string> SysTree::names(const std::string& directory) const {
  std::vector<std::string> out;
  std::error_code ec;
  for (fs::directory_iterator at(root_ + directory, ec), end; !ec && at != end; at.increment(ec))
    out.push_back(at->path().filename().string());
  std::ranges::sort(out);
  return out;
}

// sysfs tells a length of 4096 for every file: the bound holds for what is read, not for what is told.
Result<Bytes> SysTree::read(const std::string& path, std::size_t most) const {
  const UniqueFd fd(::open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_os(path);
  Bytes out;
  for (;;) {
    if (out.size() > most) return fail(Errc::too_large, path);
    const auto had = out.size();
    out.resize(std::min(most + 1, had + 4096));
    const auto n = ::read(fd.get(), out.data() + had, out.size() - had);
    if (n < 0) return fail_os(path);
    out.resize(had + static_cast<std::size_t>(n));
    if (n == 0) return out;
  }
}

std::string SysTree::text(const std::string& path) const {
  const auto octets = read(path, 4096);
  if (!octets) return {};
  auto out = copy_text(*octets);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

bool SysTree::exists(const std::string& path) const {
  std::error_code ec;
  return fs::exists(root_ + path, ec);
}
bool SysTree::is_link(const std::string& path) const {
  std::error_code ec;
  return fs::is_symlink(root_ + path, ec);
}
std::string SysTree::real(const std::string& path) const {
  std::error_code ec;
  auto out = fs::canonical(root_ + path, ec).string();
  if (ec) return {};
  const auto base = root_.empty() ? std::string() : fs::canonical(root_, ec).string();
  return out.starts_with(base) ? out.substr(base.size()) : std::string();
}
std::uint64_t SysTree::inode(const std::string& path) const {
  struct stat found{};
  return ::stat((root_ + path).c_str(), &found) == 0 ? found.st_ino : 0;
}

Result<> SysTree::write(const std::string& path, std::string_view text) {
  const UniqueFd fd(::open((root_ + path).c_str(), O_WRONLY | O_CLOEXEC | O_TRUNC));
  if (!fd) return fail_os(path);
  const auto n = ::write(fd.get(), text.data(), text.size());
  if (n < 0) return fail_os(path);
  if (static_cast<std::size_t>(n) != text.size()) return fail(Errc::io, path + ": half written");
  return {};
}

}  // namespace kw::platform

#pragma once
// SysTree reads and writes the kernel's small text files below a root, "/" or a fixture.
//
// Paths begin with "/sys/...". Reads are bounded; a text is trimmed of the newline that sysfs puts at its end.
// write() is virtual so that a fixture can do what a kernel would do. Threads: any, on the same files at own risk.
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::platform {

class SysTree {
 public:
  explicit SysTree(std::string root = "") : root_(std::move(root)) {}
  virtual ~SysTree() = default;
  SysTree(const SysTree&) = delete;
  SysTree& operator=(const SysTree&) = delete;

  /// names lists a directory, sorted, without "." and ".."; empty where there is none.
  [[nodiscard]] std::vector<std::string> names(const std::string& directory) const;
  [[nodiscard]] Result<Bytes> read(const std::string& path, std::size_t most) const;
  /// text is empty where the file is not there, or longer than 4 KiB.
  [[nodiscard]] std::string text(const std::string& path) const;
  [[nodiscard]] bool exists(const std::string& path) const;
  [[nodiscard]] bool is_link(const std::string& path) const;
  /// real resolves every link; a path below the root, empty where it leads nowhere.
  [[nodiscard]] std::string real(const std::string& path) const;
  /// inode tells one directory from another of the same name that came later; 0 where there is none.
  [[nodiscard]] std::uint64_t inode(const std::string& path) const;
  virtual Result<> write(const std::string& path, std::string_view text);
  [[nodiscard]] const std::string& root() const noexcept { return root_; }

 private:
  std::string root_;
};

}  // namespace kw::platform

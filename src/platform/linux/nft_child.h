#pragma once
// NftChild is one kept `nft -i` process: it runs one script at a time as one transaction.
//
// The script goes through a memory file that the child includes, so that it has no length limit of a command line
// and nothing of it is read as a command of its own. Not thread-safe.
#include <sys/types.h>

#include <memory>
#include <string>

#include "base/time.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class NftChild {
 public:
  static Result<std::unique_ptr<NftChild>> start(const std::string& program);
  NftChild(const NftChild&) = delete;
  NftChild& operator=(const NftChild&) = delete;
  ~NftChild();  // ends and reaps the process

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// alive: false once the process has ended; to be asked before run().
  [[nodiscard]] bool alive() const;
  /// worn: true after many runs; nft keeps a history of its commands (0.3 KiB each) and is better replaced.
  [[nodiscard]] bool worn() const noexcept { return runs_ >= 1000; }
  /// run: invalid where nft refused; timeout and io leave the outcome open and the child unusable.
  Result<> run(const std::string& script, Duration deadline);

 private:
  NftChild() = default;
  pid_t pid_ = -1;
  int runs_ = 0;
  UniqueFd handle_, commands_, answers_, script_;
};

}  // namespace kw::platform

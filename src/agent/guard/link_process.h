#pragma once
// LinkProcess is the guard's view of the link process that it started; LinkStarter starts one.
//
// LinkChild is the real one: this program again, with a private command, given up to an unprivileged user before it
// reads anything. Tests put a fake in its place.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "platform/linux/process_mood.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

class LinkProcess {
 public:
  virtual ~LinkProcess() = default;
  [[nodiscard]] virtual platform::UniqueFd take_socket() = 0;  // once
  /// handle is readable when the process has ended; -1: the channel's end tells it.
  [[nodiscard]] virtual int handle() const = 0;
  [[nodiscard]] virtual platform::ProcessMood mood() const = 0;
  virtual void kill() = 0;
  /// reap takes leave of a process that has ended: true where a signal ended it; nothing while it has not. A killed one
  /// may take its time, or for ever (frozen, or on a dead disk): nobody waits for it.
  virtual std::optional<bool> reap() = 0;
};

class LinkStarter {
 public:
  virtual ~LinkStarter() = default;
  virtual Result<std::unique_ptr<LinkProcess>> start() = 0;
};

class LinkChildStarter final : public LinkStarter {
 public:
  /// `directory` is the link's part of the state, absolute; `user` whom it is given up to, or empty where this process
  /// is no root itself; `seal` opens its keys; `log` is a file, or empty for standard error. `prepare` is called before
  /// each start, so that a directory that was removed or taken away is there again.
  LinkChildStarter(std::string directory, std::string user, const SecretBytes& seal, std::string log,
                   std::function<Result<>()> prepare)
      : directory_(std::move(directory)),
        user_(std::move(user)),
        seal_(seal),
        log_(std::move(log)),
        prepare_(std::move(prepare)) {}
  Result<std::unique_ptr<LinkProcess>> start() override;

 private:
  std::string directory_, user_;
  const SecretBytes& seal_;
  std::string log_;
  std::function<Result<>()> prepare_;
};

}  // namespace kw::agent

#pragma once
// SamLine is a serial line (115200 8N1) to an ID-card reader's security module, taken exclusively while it is open.
//
// Errors: not_found, unavailable (in use), timeout, malformed, io. What was read is wiped. One thread.
#include "base/secret.h"
#include "base/time.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class SamLine {
 public:
  static Result<SamLine> open(const std::string& path);
  SamLine(SamLine&&) = default;
  SamLine& operator=(SamLine&&) = delete;
  ~SamLine();
  /// ask sends a command and gives the whole answer, framed and with a right sum.
  Result<SecretBytes> ask(ByteView command, Duration most);

 private:
  explicit SamLine(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace kw::platform

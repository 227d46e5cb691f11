#pragma once
// ClamdScanner asks clamd over its local socket: zFILDES with the file's descriptor, zVERSION (clamd(8)).
//
// clamd never opens the file itself, so no name has to lead there and no permission of clamd's matters. A connection a
// question; nothing is held between. The pid in the hello is that of the process which answered, as the kernel vouches
// for it (SO_PASSCRED), not what a file says; its settings are read from the file that this process was started with, as
// the process sees it. Thread-safe.
#include <mutex>

#include "device/malware/scanner.h"

namespace kw::platform {

class ClamdScanner final : public device::Scanner {
 public:
  static constexpr auto kUsualSocket = "/run/clamav/clamd.ctl";
  explicit ClamdScanner(std::string socket = kUsualSocket) : socket_(std::move(socket)) {}
  void use(const std::string& socket) override;
  Result<device::ScanReply> scan(int fd, Duration most, const Stop& stop) override;
  Result<device::ScannerHello> hello(Duration most) override;
  Result<std::string> settings(int pid) override;

 private:
  [[nodiscard]] std::string socket() const;
  mutable std::mutex mutex_;
  std::string socket_;
};

}  // namespace kw::platform

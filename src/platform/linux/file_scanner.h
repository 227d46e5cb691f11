#pragma once
// FileScanner is device::ContentScanner over real files: SM3 first, and the Scanner only where no verdict over this
// content is known.
//
// Thread-safe; scans run side by side, on the callers' threads.
#include <mutex>

#include "device/malware/ports.h"

namespace kw::platform {

class FileScanner final : public device::ContentScanner {
 public:
  FileScanner(device::Scanner& scanner, const Clock& clock) : scanner_(scanner), clock_(clock) {}
  Result<device::Scanned> scan(int fd, Duration most, const device::Scanner::Stop& stop) override;
  void forget() override;

 private:
  std::optional<device::ScanReply> known(const crypto::Digest& digest);
  device::Scanner& scanner_;
  const Clock& clock_;
  std::mutex mutex_;
  device::VerdictCache<crypto::Digest, device::ScanReply> verdicts_{16384};
  std::uint64_t forgotten_ = 0;  // a verdict of before is not kept after
};

}  // namespace kw::platform

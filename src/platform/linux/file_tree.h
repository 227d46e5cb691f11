#pragma once
// ScanTree is device::FileTree over real folders: each regular file once by its name, links not followed.
#include "device/malware/ports.h"

namespace kw::platform {

class ScanTree final : public device::FileTree {
 public:
  /// `scanner` outlives it.
  explicit ScanTree(device::ContentScanner& scanner) : scanner_(scanner) {}
  std::uint64_t count(const Which& which, const Stop& stop) override;
  Result<> scan(const Which& which, const std::function<void(Looked)>& each, const Stop& stop) override;

 private:
  device::ContentScanner& scanner_;
};

}  // namespace kw::platform

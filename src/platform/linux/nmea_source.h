#pragma once
// NmeaSource is device::PositionPort over a serial device, a FIFO, a file, or the local socket of gpsd (which is asked
// to pass the receiver's own sentences on).
//
// A file is read anew each time, its last octets; everything else is read as it comes.
#include "device/egress/ports.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class NmeaSource final : public device::PositionPort {
 public:
  Result<Bytes> take(const std::string& source) override;
  void close() override { fd_.reset(); }

 private:
  Result<> open(const std::string& source);
  UniqueFd fd_;
  std::string source_;
  bool file_ = false;
};

}  // namespace kw::platform

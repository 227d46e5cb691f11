#pragma once
// LinuxPlaceWire is device::PlaceWire over a packet socket (packet(7)) with a filter in the kernel: the thread wakes
// for LLDP, for claims of the kiosk's own address or MAC, and for the gateway's own ARP, and for nothing else.
//
// Frames that this machine sends are not among what arrives. Needs CAP_NET_RAW.
#include "device/egress/wire.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class LinuxPlaceWire final : public device::PlaceWire {
 public:
  Result<> open(const device::WireSettings& settings) override;
  void close() override { socket_.reset(); }
  [[nodiscard]] int descriptor() const override { return socket_ ? socket_.get() : -1; }
  Result<std::vector<Bytes>> take() override;
  Result<> send(ByteView frame) override;

 private:
  [[nodiscard]] bool still_there() const;
  UniqueFd socket_;
  std::string interface_;
  unsigned index_ = 0;
};

}  // namespace kw::platform

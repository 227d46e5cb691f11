#pragma once
// SessionRegistry knows which device is connected by which session; one device, one session. Thread-safe.
//
// The same boot is the same agent coming back: it takes its session over. Another boot, while the first was heard of
// within `alive`, is a second machine with a copied certificate: it is kept out.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/id.h"

namespace kw::server {

class ConnectedDevice {
 public:
  virtual ~ConnectedDevice() = default;
  virtual void nudge() = 0;
  virtual void put_out() = 0;
};

class SessionRegistry {
 public:
  struct Holder {
    std::string peer, boot_id;
    Duration last_heard{0};  // steady time
  };
  /// holder tells who has the device's session now.
  [[nodiscard]] std::optional<Holder> holder(const DeviceId& device) const;
  /// rival is the holder that keeps this claimant out, as claim would; for a look before the claim.
  [[nodiscard]] std::optional<Holder> rival(const DeviceId& device, const Holder& claimant, Duration alive) const;
  /// claim gives the device to a session, and the one that had it is put out; or gives the rival, and changes nothing.
  [[nodiscard]] std::optional<Holder> claim(const DeviceId& device, std::shared_ptr<ConnectedDevice> session,
                                            Holder claimant, Duration alive);
  void heard(const DeviceId& device, const ConnectedDevice* session, Duration steady_now);
  /// release is false where another session has taken the device over meanwhile.
  bool release(const DeviceId& device, const ConnectedDevice* session);
  void nudge(const DeviceId& device);
  void nudge_all();
  void put_out(const DeviceId& device);
  void put_out_all();

 private:
  struct Entry {
    std::shared_ptr<ConnectedDevice> session;
    Holder holder;
  };
  std::shared_ptr<ConnectedDevice> find(const DeviceId& device) const;
  std::vector<std::shared_ptr<ConnectedDevice>> everybody() const;
  mutable std::mutex mutex_;
  std::map<DeviceId, Entry> entries_;
};

}  // namespace kw::server

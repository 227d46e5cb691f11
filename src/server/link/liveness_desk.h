#pragma once
// LivenessDesk challenges the guard behind each link in every heartbeat, and tells when there is none.
//
//   auto life = desk.begin(device, report, remembered);   // at admission
//   admitted->set_liveness_nonce(life.next_nonce());
//   auto verdict = life.judge(heartbeat);                 // then next_nonce() again
//
// A kiosk whose agent is older than the key is not asked for it, until it has shown one. Lives on one session's strand;
// the counters that outlive a session are the desk's, which is thread-safe.
#include <map>
#include <mutex>

#include "base/random.h"
#include "crypto/sm2.h"
#include "device/liveness.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;

class LivenessDesk {
 public:
  explicit LivenessDesk(Random& random) : random_(random) {}

  class Session {
   public:
    /// next_nonce makes the nonce that the next heartbeat has to answer.
    [[nodiscard]] std::string next_nonce();
    struct Verdict {
      bool proven = true;
      std::string fault;     // a code of device::liveness_fault; empty where proven
      bool changed = false;  // another verdict than the one before
    };
    Verdict judge(const v1::Heartbeat& beat);
    /// asks: this kiosk has to answer; a verdict on one that has not proves nothing.
    [[nodiscard]] bool asks() const noexcept { return desk_ != nullptr; }

   private:
    friend class LivenessDesk;
    LivenessDesk* desk_ = nullptr;  // none: this kiosk is not asked
    std::optional<crypto::Sm2PublicKey> key_;
    device::LivenessExpectation expected_;
    std::string standing_;  // the fault of the last verdict
  };
  /// begin: `remembered` is the device's stored key, empty where it has shown none.
  Session begin(const DeviceId& device, const v1::AdmissionReport& report, ByteView remembered);

 private:
  struct Last {
    std::string boot_id;
    std::uint64_t counter = 0;
  };
  std::uint64_t last_counter(const DeviceId& device, const std::string& boot_id);
  void note(const DeviceId& device, const std::string& boot_id, std::uint64_t counter);
  Random& random_;
  std::mutex mutex_;
  std::map<DeviceId, Last> last_;
};

}  // namespace kw::server

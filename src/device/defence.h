#pragma once
// Defence is one section of policy at work on a kiosk: it senses, judges, acts and reads back, for its section alone.
//
//   policy section ── configure ──> engine (PURE: Plan(desired, observed)) ──> changes ──> adapter (tiny, read back)
//   adapter ── observations ──────> engine ──> events, facts, a cut perhaps ──> DefenceHost
//
// In mode WATCH nothing is changed on the machine and events say "observed"; in mode OFF what was changed is put back
// and nothing is told. A Defence does not wait for the network or for the platform, and never lets go of what it holds
// because another part failed.
//
// Threads: every member function is called on the host's one executor thread, and must return quickly (a few
// milliseconds; longer work runs on a thread of the defence's own, which comes back through DefenceHost::post). The
// host outlives the defence.
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/id.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "device/guard.h"
#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/media.pb.h"

namespace kioskward::v1 {
class PolicyBundle;
}

namespace kw::device {

/// DefenceHost is what a defence may ask of the process that it lives in.
class DefenceHost {
 public:
  virtual ~DefenceHost() = default;
  /// record hands one event over, without id, sequence and clock; its type and params are those of schemas/events/. It
  /// is stored durably and reaches the platform at least once. Only on the host's thread.
  virtual void record(v1::Event event) = 0;
  /// fact tells a measured property; unchanged values cost nothing. Keys begin with the section's name.
  virtual void fact(const std::string& key, const std::string& value, const std::string& source) = 0;
  /// cut takes the kiosk off the network because of the event type `cause`; the answer is the case that the events of
  /// this incident carry (a cut that stands already gives its case). Release is the security administrator's.
  virtual RawId cut(const std::string& cause) = 0;
  /// propose asks an administrator to approve what was learnt as this section's baseline.
  virtual void propose(const std::string& section, Bytes content) = 0;
  /// media hands one piece over to the platform; false where it cannot be taken now: live frames are then dropped, clip
  /// pieces tried again at tick.
  virtual bool media(v1::Media piece) = 0;
  /// camera_watched shows on the kiosk's screen that somebody sees what the camera sees, until then; a time that is over ends
  /// it.
  virtual void camera_watched(Timestamp until) = 0;
  /// post runs `work` on the host's thread, soon; thread-safe. Work that is posted after the defence has stopped must
  /// not touch it.
  virtual void post(std::function<void()> work) = 0;
  /// watch calls `ready` on the host's thread whenever `fd` is readable, until unwatch(fd). The descriptor stays the
  /// caller's.
  virtual void watch(int fd, std::function<void()> ready) = 0;
  virtual void unwatch(int fd) = 0;
  [[nodiscard]] virtual GuardTime now() const = 0;
  [[nodiscard]] virtual Random& random() = 0;
  [[nodiscard]] virtual Log& log() = 0;
  /// state_path gives a place for this section's own files, below the agent's state directory, mode 0700, made at need.
  virtual Result<std::string> state_path(std::string_view section) = 0;
};

class Defence {
 public:
  virtual ~Defence() = default;
  /// section is the name of policy/sections, and of the field of PolicyBundle.
  [[nodiscard]] virtual std::string_view section() const noexcept = 0;
  /// start is called once, before the first configure; a defence that cannot work here says why (the host tells the
  /// platform) and is not called again.
  virtual Result<> start(DefenceHost& host) = 0;
  /// configure takes the policy in force, at start and at each new bundle; the section may be absent, which is OFF. The
  /// error says what could not be applied; what could stays applied, and tick() tries again.
  virtual Result<> configure(const v1::PolicyBundle& policy) = 0;
  /// observe sees everything that the network sensors tell; most defences do not care.
  virtual void observe(const Observation& seen) { static_cast<void>(seen); }
  /// told sees every event of this kiosk that is SERIOUS or worse, whoever told it. It must not record anything itself.
  virtual void told(const v1::Event& event) { static_cast<void>(event); }
  /// tick comes about once a second: repairs, schedules, gathered events.
  virtual void tick() {}
  /// order carries out a verified order whose action is one of the section's. Errc::wrong_state, Errc::invalid, ...
  virtual Result<> order(const v1::Order& order) {
    static_cast<void>(order);
    return fail(Errc::unsupported, "no actions");
  }
  /// baseline takes an approved baseline, at start and when a new one comes. The host has verified it.
  virtual Result<> baseline(const v1::Baseline& baseline) {
    static_cast<void>(baseline);
    return fail(Errc::unsupported, "no baseline");
  }
  /// cut_made: the kernel has just cut the network, whoever asked for it.
  virtual void cut_made() {}
  /// released: a security administrator ended a cut. What is still wrong is judged anew, and may cut again.
  virtual void released() {}
  /// session_began: a business session of the local API is about to begin; gives the path of its own directory for
  /// temporary files, empty where the section makes none.
  virtual std::string session_began() { return {}; }
  /// session_ended: that session is over, or the kiosk's page says that its user is done. Anybody on the kiosk may say so: it may cost a user
  /// what he has not finished, never protection.
  virtual void session_ended() {}
  /// asked: somebody at the kiosk, as root, asks for something by the agent's command line; one answer of some lines.
  virtual Result<std::string> asked(const std::string& what) {
    return fail(Errc::unsupported, what);
  }
  /// holds is false while the machine is not as the policy wants it; the device is then shown as degraded.
  [[nodiscard]] virtual bool holds() const { return true; }
  /// stop ends threads and gives descriptors back; what is enforced on the machine stays.
  virtual void stop() = 0;
};

/// defence_event makes an event for DefenceHost::record.
[[nodiscard]] v1::Event defence_event(std::string type, std::string result,
                                      std::initializer_list<std::pair<std::string, std::string>> params);

}  // namespace kw::device

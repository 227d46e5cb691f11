#pragma once
// Defences holds a kiosk's sections of defence, and is the host that they live in.
//
//   Defences all(executor, ports, make_defences(...));
//   all.start(hooks);                 // each section starts its sensors; one that cannot is told and left out
//   all.configure(policy);            // at start and at each new bundle
//   all.observe(seen); all.order(order); all.released();
//
// One section's failure is that section's: it is logged, reported as agent.section.failed once until it works again,
// and the others go on. Not thread-safe but for post().
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <set>

#include "agent/identity/state_directory.h"
#include "device/defence.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

class Defences final : public device::DefenceHost {
 public:
  struct Hooks {
    std::function<void(v1::Event)> record;
    std::function<void(const std::string& key, const std::string& value, const std::string& source)> fact;
    std::function<RawId(const std::string& cause)> cut;
    std::function<void(const std::string& section, Bytes content)> propose;
    std::function<bool(v1::Media piece)> media = {};  // none: nothing can be taken
    std::function<void(Timestamp until)> camera_watched = {};
  };
  struct Ports {
    const StateDirectory& state;
    const Clock& clock;
    Random& random;
    Log& log;
  };
  Defences(boost::asio::any_io_executor executor, Ports ports, std::vector<std::unique_ptr<device::Defence>> parts);
  ~Defences() override;

  void start(Hooks hooks);
  /// `watching`: nothing may be enforced on this machine, so ENFORCE is taken as WATCH.
  void configure(const v1::PolicyBundle& policy, bool watching);
  void observe(const device::Observation& seen);
  /// order dispatches a verified order of kind SECTION; Errc::not_found where no such action or section is here.
  Result<> order(const v1::Order& order);
  Result<> baseline(const v1::Baseline& baseline);
  void cut_made();
  void released();
  /// session_began gives the path of the session's own directory; empty: there is none.
  std::string session_began();
  /// session_ended; `program_gone`: the program on the screen went first, so that what runs now is a new run already.
  void session_ended(bool program_gone = false);
  Result<std::string> asked(std::string_view section, const std::string& what);
  /// told passes an event that is SERIOUS or worse on to every section.
  void told(const v1::Event& event);
  [[nodiscard]] bool holds() const;
  void stop();

  // DefenceHost
  void record(v1::Event event) override;
  void fact(const std::string& key, const std::string& value, const std::string& source) override;
  RawId cut(const std::string& cause) override;
  void propose(const std::string& section, Bytes content) override;
  bool media(v1::Media piece) override;
  void camera_watched(Timestamp until) override;
  void post(std::function<void()> work) override;
  void watch(int fd, std::function<void()> ready) override;
  void unwatch(int fd) override;
  [[nodiscard]] device::GuardTime now() const override { return {ports_.clock.now(), ports_.clock.steady()}; }
  [[nodiscard]] Random& random() override { return ports_.random; }
  [[nodiscard]] Log& log() override { return ports_.log; }
  Result<std::string> state_path(std::string_view section) override;

 private:
  struct Watched;
  void wait(const std::shared_ptr<Watched>& watched);
  void keep_ticking();
  [[nodiscard]] device::Defence* find(std::string_view section) const;
  void settle(std::string_view section, const Result<>& done);

  boost::asio::any_io_executor executor_;
  Ports ports_;
  Hooks hooks_;
  std::vector<std::unique_ptr<device::Defence>> parts_;  // those that started, after start()
  std::map<int, std::shared_ptr<Watched>> watched_;
  std::map<std::string, std::string, std::less<>> failed_;  // section -> what was told
  boost::asio::steady_timer tick_;
  bool ticking_ = false, any_on_ = false;
  std::uint64_t ticks_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent

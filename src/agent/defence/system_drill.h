#pragma once
// SystemDrill has kioskward-drill carry canaries through a whole session and search the kiosk for them (ADR 117).
//
//   begin ─> planting ── planted ──> purging ── purged, and settled ──> searching ── report ──> events, table
//      each step ── lost, or too long ──> told as privacy.drill.failed
//
// A drill is begun by root's command, or by schedule while nobody has been at the kiosk for kQuiet. The session is one
// of the local API, by a program of the kiosk's user, or where there is no API the guard's own. Host's thread only.
#include <optional>

#include "agent/defence/helper_line.h"
#include "kioskward/v1/drill.pb.h"
#include "kioskward/v1/system.pb.h"

namespace kw::agent {

/// What the configuration says that a drill needs.
struct DrillPlaces {
  std::string api_host;  // empty: no local API
  std::uint16_t api_port = 0;
  std::string token_file;
  std::vector<std::string> temporary = {"/tmp", "/var/tmp"};
  std::string shared_memory = "/dev/shm", print_spool;
  std::vector<std::string> logs = {"/var/log", "/run/log"};
  std::string state;
  std::string display, cookie;  // of the kiosk's screen; no display: no clipboard
  int guard = 0;                // this process
};

class SystemDrill final : public HelperLine::Listener {
 public:
  static constexpr Duration kSettle = std::chrono::seconds(3);   // after a session's end, for what ends with it
  static constexpr Duration kPurging = std::chrono::minutes(1);  // at most
  static constexpr Duration kQuiet = std::chrono::minutes(10);
  static constexpr Duration kAgain = std::chrono::hours(1);  // after a drill that failed

  struct Ports {
    std::unique_ptr<device::HelperStarter> starter;  // none: no drills
    DrillPlaces places;
  };
  struct Hooks {
    std::function<std::string()> begin_session;  // gives its directory
    std::function<void()> end_session;
    std::function<bool()> session_open, purged;  // purged: nothing is under way
    std::function<std::vector<std::string>()> users;
    std::function<void(Timestamp)> done;  // a drill has ended well
  };
  explicit SystemDrill(Ports ports);
  void start(device::DefenceHost& host, Hooks hooks);
  void configure(const device::v1::SystemPolicy& policy);
  /// begin: Errc::wrong_state (off, a session or a drill is under way), unsupported.
  Result<> begin();
  /// result is what the last drill came to: "running", "none", or "clean ID", "found ID", "failed WHY" and the table.
  [[nodiscard]] std::string result() const;
  /// tick; `last`: when a drill ended last.
  void tick(Timestamp last);
  /// session_seen: somebody is at the kiosk, or was until now.
  void session_seen();
  void stop() { line_.end(); }

 private:
  enum class Step { idle, planting, purging, searching };
  // HelperLine::Listener
  Result<std::unique_ptr<device::HelperProcess>> start_process() override;
  void said_first() override;
  void ask() override;
  Result<> heard(ByteView packet) override;
  void lost(const std::string& why) override;
  void not_started(const Error& why) override;

  void planted(const device::v1::DrillPlanted& news);
  void reported(const device::v1::DrillReport& report);
  void failed(const std::string& why);
  [[nodiscard]] device::v1::DrillTask task() const;

  Ports ports_;
  Hooks hooks_;
  HelperLine line_;
  device::DefenceHost* host_ = nullptr;
  device::v1::SystemPolicy policy_;
  Step step_ = Step::idle;
  std::string directory_, last_ = "none";
  Duration step_since_{0}, quiet_since_{0}, next_try_{0};
};

}  // namespace kw::agent

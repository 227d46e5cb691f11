#pragma once
// Baselines takes what the platform approved for this kiosk's sections: verified, handed to the section, kept,
// reported.
//
//   Baselines baselines(state, command, persons, defences, log);
//   baselines.hand_out();                      // at the start, after the sections have started
//   report = baselines.take(signed_object);    // from the link; what is refused is told as baseline.refused
//
// It trusts nobody's word: signatures are counted against the command rule here, as a policy bundle's are, persons'
// where they are asked for, and a file that somebody else wrote is refused like a message. One file a section,
// baseline-<section>, holds the object as it came. A section that does not take a baseline keeps the one it has. Not
// thread-safe; blocks for the disk.
#include <map>

#include "agent/defence/defences.h"
#include "agent/identity/persons.h"
#include "policy/baseline.h"

namespace kw::agent {

class Baselines {
 public:
  /// Everything handed in must outlive it.
  Baselines(const StateDirectory& state, Command command, const Persons& persons, Defences& defences, Log& log)
      : state_(state), command_(std::move(command)), persons_(persons), defences_(defences), log_(log) {}

  /// hand_out gives each section the baseline that is kept for it.
  void hand_out();
  /// take: outcome "applied" (also for the one that is held already), "refused" with a word of policy::BaselineRefusal
  /// or of the section's error, "failed" where it could not be kept: the platform offers it again.
  v1::BaselineReport take(const v1::Signed& object);

 private:
  tl::expected<policy::VerifiedBaseline, policy::BaselineRefusal> verify(const v1::Signed& object) const;
  Result<std::optional<policy::VerifiedBaseline>> read(std::string_view section) const;
  v1::BaselineReport refused(v1::BaselineReport report, std::string_view reason);
  [[nodiscard]] std::string path(std::string_view section) const;

  const StateDirectory& state_;
  Command command_;
  const Persons& persons_;
  Defences& defences_;
  Log& log_;
  std::map<std::string, policy::HeldBaseline, std::less<>> held_;
};

}  // namespace kw::agent

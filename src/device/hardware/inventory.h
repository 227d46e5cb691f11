#pragma once
// compare_hardware names what differs between the components that were approved for a kiosk and those that it has.
//
//   seen = port.look();  for (deviation : compare_hardware(bound, seen.parts, replacements)) tell, isolate
//
// A component is the same one when kind, model and serial number are: disks and ports may change their names. What is
// left is one that took another's place ("changed"), that is gone ("missing") or that came ("added"). A replacement
// covers one deviation, and only that whose parts have exactly the serial numbers it names. PURE.
#include <compare>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "kioskward/v1/hardware.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

using HardwareKind = v1::HardwareComponent::Kind;

struct HardwarePart {
  HardwareKind kind = v1::HardwareComponent::KIND_UNSPECIFIED;
  std::string slot, model;
  std::string serial;  // empty: the part tells none
  friend auto operator<=>(const HardwarePart&, const HardwarePart&) = default;
  /// identity is what a replacement names a part by: its serial number, or its model where it has none.
  [[nodiscard]] const std::string& identity() const noexcept { return serial.empty() ? model : serial; }
};

struct HardwareSeen {
  std::vector<HardwarePart> parts;   // sorted
  std::vector<std::string> missing;  // sources that this machine does not have or does not tell; sorted
  friend bool operator==(const HardwareSeen&, const HardwareSeen&) = default;
};

/// kind_word gives "board", "disk", ...; kind_of_word the way back, KIND_UNSPECIFIED where there is none.
[[nodiscard]] std::string kind_word(HardwareKind kind);
[[nodiscard]] HardwareKind kind_of_word(std::string_view word);

struct HardwareDeviation {
  HardwareKind kind = v1::HardwareComponent::KIND_UNSPECIFIED;
  std::optional<HardwarePart> bound, seen;  // one of them at least
  std::string order_id;                     // of the replacement that covers it; empty: none does
  [[nodiscard]] std::string change() const { return !bound ? "added" : !seen ? "missing" : "changed"; }
  [[nodiscard]] const std::string& slot() const { return seen ? seen->slot : bound->slot; }
  [[nodiscard]] std::string text() const;  // "disk sda: changed S64DNX0R to S64DNX9Z"
  friend bool operator==(const HardwareDeviation&, const HardwareDeviation&) = default;
};

[[nodiscard]] std::vector<HardwareDeviation> compare_hardware(std::vector<HardwarePart> bound,
                                                              std::vector<HardwarePart> seen,
                                                              const v1::HardwareReplacements& replacements);

/// pluggable kinds hang on a cable that any hand can pull, and may be gone for a moment.
[[nodiscard]] bool pluggable(HardwareKind kind) noexcept;
/// isolates: a deviation that nobody ordered and that policy does not only tell. A part that was plugged in as well is
/// section "peripherals"' to refuse: else any passer-by could take a kiosk off the network with a cable.
[[nodiscard]] bool isolates(const HardwareDeviation& deviation, const std::set<HardwareKind>& told_only);

/// hours_after reads an order's "hours": the end that they give; Errc::invalid unless 1 to 720.
Result<Timestamp> hours_after(std::string_view hours, Timestamp issued);
/// take_replacement makes one of an order's arguments and its time. Errc::invalid says which argument is wrong.
[[nodiscard]] Result<v1::HardwareReplacement> take_replacement(const std::string& kind, const std::string& old_part,
                                                               const std::string& new_part, const std::string& hours,
                                                               Timestamp issued);
inline constexpr int kMostReplacements = 64;
/// drop_expired removes what has ended by `now`; true where anything went.
bool drop_expired(v1::HardwareReplacements& replacements, Timestamp now);

inline constexpr int kMostParts = 256;
inline constexpr std::size_t kMostPartText = 256;
[[nodiscard]] v1::HardwareBaseline baseline_of(const HardwareSeen& seen);
/// parts_of reads an approved baseline. Errc::too_large, Errc::malformed: kinds, lengths, number.
[[nodiscard]] Result<std::vector<HardwarePart>> parts_of(ByteView content);

/// HardwarePort reads the machine's components; it changes nothing.
class HardwarePort {
 public:
  virtual ~HardwarePort() = default;
  /// `readers` are USB devices that count as readers whatever their class says. Texts are clean, of one line, at most
  /// kMostPartText octets; the same machine gives the same answer. Errc::not_found: nothing at all can be read.
  virtual Result<HardwareSeen> look(const std::set<std::string>& readers) = 0;
};

}  // namespace kw::device

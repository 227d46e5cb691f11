#pragma once
// Births decides, where the kernel tells of no program that begins, when all processes have to be looked through.
//
// Asked once a second with a number that changes whenever a process was born. What was born begins its program soon after,
// so the looks go on for kSettle; a process that lives on and begins another program, with none born, waits for kQuiet.
// PURE.
#include <cstdint>
#include <optional>

namespace kw::device {

class Births {
 public:
  static constexpr std::uint64_t kSettle = 3, kQuiet = 5;  // seconds
  /// due: `number` is nothing where it cannot be read; then it is always due.
  bool due(std::optional<std::uint64_t> number) {
    quiet_ = number && last_ == number ? quiet_ + 1 : 0;
    last_ = number;
    return quiet_ < kSettle || quiet_ % kQuiet == 0;
  }

 private:
  std::optional<std::uint64_t> last_;
  std::uint64_t quiet_ = 0;
};

}  // namespace kw::device

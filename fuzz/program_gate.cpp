// links: device
// Any order of questions, digests, times and writes: each question is answered exactly once.
#include <cstdlib>

#include "device/programs/gate.h"

struct Eyes final : kw::device::GateEyes {
  std::optional<kw::device::FileIdentity> program_of(int) override { return std::nullopt; }
  std::string path_of(std::uint64_t question) override { return question % 4 == 0 ? "/a.sh" : "/b"; }
};
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rules = std::make_shared<kw::device::ProgramRules>();
  rules->mode = size % 3 == 0 ? kioskward::v1::WATCH : kioskward::v1::ENFORCE;
  rules->suffixes = {".sh"};
  rules->allow = {kw::crypto::Digest{1}};
  kw::device::Gate gate(7);
  gate.use(rules);
  Eyes eyes;
  kw::device::GateSteps steps;
  std::size_t asked = 0;
  for (std::size_t i = 0; i + 1 < size && i < 4096; i += 2) {
    const auto b = data[i + 1];
    const kw::device::OpenedFile file{{1, b % 8U, 9, b / 128, 0}, b % 7 != 0, b % 3 == 0, b % 5 != 0, {'#', '!'}};
    if (data[i] % 3 == 0) gate.ask({++asked, b % 2 == 0, b % 9, file}, kw::Duration(i), eyes, steps);
    if (data[i] % 3 == 1) gate.hashed(b, kw::crypto::Digest{static_cast<kw::Byte>(b % 2)}, steps);
    if (data[i] % 3 == 2) gate.expire(kw::Duration(std::int64_t{b} * 1'000'000), steps);
  }
  gate.expire(kw::Duration::max(), steps);
  return steps.answers.size() == asked && gate.waiting() <= gate.kMostWaiting ? 0 : (std::abort(), 1);
}

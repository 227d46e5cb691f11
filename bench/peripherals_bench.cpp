// links: platform
// How long a look at a machine's ports takes: reading a tree of 20 and of 200 devices, and judging it. What a second of
// idling costs is one look. Prints p50, p99 and the worst.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "device/peripherals/test_devices.h"
#include "device/peripherals/watch.h"
#include "platform/linux/sysfs_peripherals.h"
#include "platform/linux/system_clock.h"

namespace {

using namespace kw;
namespace fs = std::filesystem;

void put(const fs::path& at, std::string_view text) { std::ofstream(at, std::ios::binary) << text; }

/// A bus below `root`: a root hub and `many` keyboards, as files.
void build(const fs::path& root, int many) {
  for (int i = 0; i <= many; ++i) {
    const auto name = i == 0 ? std::string("usb1") : "1-" + std::to_string(i);
    const auto at = root / "sys/bus/usb/devices" / name;
    fs::create_directories(at);
    put(at / "descriptors", text_of(device::testing::descriptors_of(0x046d, 0xc31c, {{3, 1, 1}, {3, 0, 0}})));
    for (const auto& [file, value] : {std::pair{"idVendor", "046d"},
                                      {"idProduct", "c31c"},
                                      {"serial", "S1"},
                                      {"product", "Keyboard"},
                                      {"devnum", "7"},
                                      {"authorized", "0"}})
      put(at / file, value);
  }
  put(root / "sys/bus/usb/devices/usb1/authorized_default", "0");
}

void print(const char* what, int many, std::vector<double> us) {
  std::sort(us.begin(), us.end());
  std::printf("%-24s %4d devices   p50 %8.0f us   p99 %8.0f us   worst %8.0f us   (%zu)\n", what, many,
              us[us.size() / 2], us[us.size() * 99 / 100], us.back(), us.size());
}

int run(int many, int rounds) {
  const auto root = fs::temp_directory_path() / ("kw-peri-bench-" + std::to_string(::getpid()));
  build(root, many);
  platform::SystemClock clock;
  platform::SysfsPeripherals port(std::make_unique<platform::SysTree>(root.string()), "0:0");
  device::PeripheralWatch watch;
  device::v1::PeripheralPolicy policy;
  policy.set_mode(device::v1::ENFORCE);
  for (int i = 0; i < 64; ++i)
    *policy.add_allow() = device::testing::rule("r" + std::to_string(i), "04b8", "0e15", {"07:01:*"});
  watch.configure(policy);
  const device::Tickets tickets;
  std::vector<double> read, judged;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = clock.steady();
    const auto seen = port.list();
    const auto middle = clock.steady();
    if (!seen || seen->devices.size() != static_cast<std::size_t>(many) + 1) {
      std::fprintf(stderr, "the tree is not read whole\n");
      return 1;
    }
    const auto step = watch.look(*seen, tickets, {clock.now(), middle}, begin);
    judged.push_back(static_cast<double>((clock.steady() - middle).count()) / 1000);
    read.push_back(static_cast<double>((middle - begin).count()) / 1000);
  }
  fs::remove_all(root);
  print("look: read", many, std::move(read));
  print("look: judge (64 rules)", many, std::move(judged));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::string_view(argv[1]) == "--smoke";
  return run(20, smoke ? 3 : 500) + run(200, smoke ? 3 : 200);
}

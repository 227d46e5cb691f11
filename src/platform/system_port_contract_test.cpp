// What every SystemPort promises, asked of the Linux adapter (on a tree of its own) and of the recorded one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "platform/linux/linux_system_port.h"
#include "platform/recorded/recorded_system_port.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

class SystemPortContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      fs::copy(std::string(KW_SOURCE_DIR) + "/src/platform/linux/testdata/system_bad", root,
               fs::copy_options::recursive | fs::copy_options::copy_symlinks);
      port = std::make_unique<LinuxSystemPort>(LinuxSystemPort::Options{root, {}});
      return;
    }
    auto recorded = std::make_unique<RecordedSystemPort>();
    recorded->state.settings = {{"kernel/sysrq", "438"}, {"kernel/core_pattern", "core"}};
    recorded->state.listeners = {{"tcp", "0.0.0.0", 4444, 21, ""}};
    recorded->owners["tcp 4444"] = "nc 4711";
    port = std::move(recorded);
  }
  void TearDown() override { fs::remove_all(root); }
  std::string root = (fs::path(::testing::TempDir()) / ("kw-system-" + std::to_string(::getpid()))).string();
  std::unique_ptr<device::SystemPort> port;
};

TEST_P(SystemPortContract, looking_twice_is_the_same) {
  const auto first = port->look(), second = port->look();
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(*first, *second);
}
TEST_P(SystemPortContract, a_setting_is_read_back_as_it_was_set) {
  ASSERT_EQ(port->look()->settings.at("kernel/sysrq"), "438");
  const auto done = port->set("kernel/sysrq", "0");
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(port->look()->settings.at("kernel/sysrq"), "0");
  ASSERT_TRUE(port->set("kernel/core_pattern", "|/bin/false"));
  EXPECT_EQ(port->look()->settings.at("kernel/core_pattern"), "|/bin/false");
}
TEST_P(SystemPortContract, only_the_section_s_own_settings_can_be_set) {
  EXPECT_EQ(port->set("kernel/hostname", "x").code(), Errc::invalid);
  EXPECT_EQ(port->set("../../etc/passwd", "x").code(), Errc::invalid);
  EXPECT_EQ(port->set("fs/suid_dumpable", "0").code(), Errc::not_found) << "this kernel has none";
}
TEST_P(SystemPortContract, a_listener_names_its_process) {
  const auto seen = port->look();
  ASSERT_FALSE(seen->listeners.empty());
  EXPECT_EQ(port->owner(seen->listeners[0]), "nc 4711");
  EXPECT_EQ(port->owner({"tcp", "0.0.0.0", 9, 999999, ""}), "");
}
TEST_P(SystemPortContract, reading_packages_gives_up_when_asked) {
  EXPECT_EQ(port->packages({}, [] { return true; }).code(), Errc::cancelled);
}
INSTANTIATE_TEST_SUITE_P(Ports, SystemPortContract, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "Linux" : "recorded"; });

// On the machine itself nothing is set: a test must not change its kernel.
TEST(LinuxSystem, this_machine_can_be_read) {
  LinuxSystemPort port;
  const auto seen = port.look();
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_FALSE(seen->os_release.empty());
  EXPECT_TRUE(seen->clock_synchronised.has_value());
}

}  // namespace
}  // namespace kw::platform

#include "agent/guard/shield.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "agent/testing/kiosk.h"

namespace kw::agent {
namespace {

namespace fs = std::filesystem;
using testing::must;
using testing::TempDir;

struct Heard final : EventSink {
  void record(v1::Event event) override { events.push_back(std::move(event)); }
  void set_clock_state(v1::ClockState) override {}
  std::vector<v1::Event> events;
};

struct ShieldTest : ::testing::Test {
  TempDir dir;
  NullLog log;
  Heard heard;
  StateDirectory state = must(StateDirectory::open(dir.path()));
  std::string config = dir.path("agent.toml"), program = dir.path("program"), units = dir.path("units"),
              enabled = dir.path("enabled"), unit = units + "/a.service", link = enabled + "/wants/a.service",
              mask = enabled + "/a.service";
  std::unique_ptr<Shield> shield;

  void SetUp() override {
    fs::create_directories(units);
    fs::create_directories(enabled + "/wants");
    write(config, "server");
    write(program, std::string(200'000, 'p'));
    fs::permissions(program, fs::perms(0755));
    write(unit, "[Unit]");
    fs::create_symlink("/usr/lib/systemd/system/a.service", link);
    must_keep();
    raise();
  }
  void must_keep() { ASSERT_TRUE(state.keep()); }
  void raise(Shield::Mode mode = Shield::Mode::restore) {
    shield = std::make_unique<Shield>(mode, Shield::Ports{state, heard, log});
    shield->add_file(config);
    shield->add_unit(unit);
    shield->add_program(program, platform::UniqueFd(::open(program.c_str(), O_RDONLY | O_CLOEXEC)));
    shield->add_enabling(link, "a.service");
    shield->add_mask(mask, "a.service");
    shield->begin();
  }
  static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// check returns "type how restored" of what the next look tells.
  std::vector<std::string> check() {
    heard.events.clear();
    shield->check();
    std::vector<std::string> out;
    for (const auto& event : heard.events) {
      const auto at = [&](const char* key) {
        const auto found = event.params().find(key);
        return found == event.params().end() ? std::string() : " " + found->second;
      };
      out.push_back(event.type() + at("how") + at("restored") + at("reason"));
    }
    return out;
  }
};

using Words = std::vector<std::string>;

TEST_F(ShieldTest, IsQuietWhileNothingIsTouched) {
  EXPECT_TRUE(heard.events.empty()) << "a first start tells nothing";
  EXPECT_EQ(check(), Words{});
  write(config, "server");  // the same again
  EXPECT_EQ(check(), Words{});
  EXPECT_TRUE(shield->holds());
}

TEST_F(ShieldTest, PutsBackWhatWasChanged) {
  write(config, "mallory");
  EXPECT_EQ(check(), Words{"agent.files.changed changed true"});
  EXPECT_EQ(heard.events[0].params().at("path"), config);
  EXPECT_EQ(heard.events[0].params().at("before"), to_hex(crypto::sm3(bytes_of("server"))));
  EXPECT_EQ(heard.events[0].params().at("after"), to_hex(crypto::sm3(bytes_of("mallory"))));
  EXPECT_EQ(read(config), "server");
  EXPECT_EQ(check(), Words{}) << "told once";
}

TEST_F(ShieldTest, PutsBackTheProgramFromTheRunningOne) {
  fs::remove(program);  // a running program's file cannot be written, but replaced
  write(program, "another program");
  EXPECT_EQ(check(), Words{"agent.files.changed changed true"});
  EXPECT_EQ(read(program), std::string(200'000, 'p'));
  EXPECT_EQ(fs::status(program).permissions(), fs::perms(0755));
}

TEST_F(ShieldTest, ARemovedProgramOrUnitIsAnAttemptToUninstall) {
  fs::remove(program);
  fs::remove_all(units);
  EXPECT_EQ(check(), (Words{"agent.files.changed removed true", "agent.files.changed removed true",
                            "agent.uninstall.refused no_order"}));
  EXPECT_TRUE(fs::exists(program));
  EXPECT_EQ(read(unit), "[Unit]") << "with its directory";
}

TEST_F(ShieldTest, AUnitStaysEnabledAndUnmasked) {
  fs::remove(link);
  fs::create_symlink("/dev/null", mask);
  EXPECT_EQ(check(), (Words{"agent.unit.disabled masked true", "agent.unit.disabled disabled true"}));
  EXPECT_EQ(fs::read_symlink(link), "/usr/lib/systemd/system/a.service");
  EXPECT_FALSE(fs::exists(fs::symlink_status(mask)));
}

TEST_F(ShieldTest, AModeOrAnOwnerIsContentToo) {
  fs::permissions(config, fs::perms(0666));
  EXPECT_EQ(check(), Words{"agent.files.changed changed true"});
  EXPECT_NE(fs::status(config).permissions(), fs::perms(0666));
}

TEST_F(ShieldTest, AFileThatBecameALinkOrADirectoryIsPutBackAndNotFollowed) {
  write(dir.path("other"), "precious");
  fs::remove(config);
  fs::create_symlink(dir.path("other"), config);
  EXPECT_EQ(check(), Words{"agent.files.changed changed true"});
  EXPECT_FALSE(fs::is_symlink(config));
  EXPECT_EQ(read(dir.path("other")), "precious");
  fs::remove(config);
  fs::create_directory(config);
  EXPECT_EQ(check(), Words{"agent.files.changed changed true"});
  EXPECT_EQ(read(config), "server");
}

TEST_F(ShieldTest, WatchingChangesNothingAndTellsOnce) {
  raise(Shield::Mode::watch);
  write(config, "mallory");
  EXPECT_EQ(check(), Words{"agent.files.changed changed false"});
  EXPECT_EQ(check(), Words{});
  EXPECT_EQ(read(config), "mallory");
  write(config, "server");
  EXPECT_EQ(check(), Words{});
}

TEST_F(ShieldTest, WhatCannotBePutBackDegradesIsTriedAgainAndToldOnce) {
  fs::remove_all(units);
  write(units, "no directory");  // where the directory was
  EXPECT_EQ(check(), (Words{"agent.files.changed removed false", "agent.uninstall.refused no_order"}));
  EXPECT_FALSE(shield->holds());
  EXPECT_EQ(check(), Words{});
  fs::remove(units);
  EXPECT_EQ(check(), (Words{"agent.files.changed removed true", "agent.uninstall.refused no_order"}));
  EXPECT_TRUE(shield->holds());
}

TEST_F(ShieldTest, ChangesWhileNoGuardRanAreToldAtTheStart) {
  shield.reset();
  write(config, "edited while nobody looked");
  heard.events.clear();
  raise();
  ASSERT_EQ(heard.events.size(), 1U);
  EXPECT_EQ(heard.events[0].params().at("how"), "while_away");
  heard.events.clear();
  raise();
  EXPECT_TRUE(heard.events.empty()) << "known from then on";
}

TEST_F(ShieldTest, TheGuardsStateIsWrittenAgainWhateverWasDoneToIt) {
  ASSERT_TRUE(state.write(StateFile::cut, bytes_of("cut")));
  ASSERT_TRUE(state.write(StateFile::policy, bytes_of("policy")));
  fs::remove(state.path(StateFile::cut));
  write(state.path(StateFile::policy), "older policy");
  write(state.path(StateFile::orders), "never was");
  EXPECT_EQ(check(), (Words{"agent.files.changed changed true", "agent.files.changed removed true",
                            "agent.files.changed changed true"}));
  EXPECT_EQ(read(state.path(StateFile::cut)), "cut");
  EXPECT_EQ(read(state.path(StateFile::policy)), "policy");
  EXPECT_FALSE(fs::exists(state.path(StateFile::orders)));
  fs::remove_all(state.path());
  EXPECT_FALSE(check().empty());
  EXPECT_EQ(read(state.path(StateFile::cut)), "cut") << "with its directory";
}

TEST_F(ShieldTest, AnOrderLowersIt) {
  shield->lower();
  fs::remove(program);
  fs::remove(link);
  EXPECT_EQ(check(), Words{});
  EXPECT_FALSE(fs::exists(program));
}

}  // namespace
}  // namespace kw::agent

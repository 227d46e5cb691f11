#include "agent/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "agent/command_line.h"

namespace kw::agent {
namespace {

TEST(AgentConfig, ReadsEveryKeyAndKeepsDefaults) {
  const auto config = parse_config(
      "server = \"p.example:8660\"\nca = \"/c\"\nstate_dir = \"/s\"\ninterface = \"eth1\"\nwatch_only = true\n"
      "user = \"agent\"\ncustodian_phone = \"1\"\nlog = \"/l\"\n[notice]\nlisten = \"[::1]:0\"\nbrowser = "
      "\"chromium\"\n"
      "browser_user = \"kiosk\"\n[protect]\nfiles = \"watch\"\nunits = \"/u\"\nenabled = \"/e\"\n"
      "[shell]\nprofiles = \"/run/p\"\npolicies = \"/etc/m.json\"\n");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->server.host, "p.example");
  EXPECT_EQ(config->server.port, 8660);
  EXPECT_TRUE(config->watch_only);
  EXPECT_EQ(config->browser_user, "kiosk");
  EXPECT_EQ(config->user, "agent");
  EXPECT_EQ(config->protect, Shield::Mode::watch);
  EXPECT_EQ(config->units + config->enabled, "/u/e");
  EXPECT_EQ(config->shell.profiles + config->shell.policies, "/run/p/etc/m.json");
  EXPECT_EQ(parse_config("")->shell.profiles, "/run/kioskward-shell");
  EXPECT_EQ(parse_config("")->user, "kioskward");
  EXPECT_EQ(parse_config("")->protect, Shield::Mode::restore);
  EXPECT_EQ(config->notice.host, "::1");
  EXPECT_EQ(config->notice.port, 0);
  EXPECT_EQ(parse_config("")->notice.port, 8670);
  EXPECT_FALSE(parse_config("")->watch_only);
  EXPECT_EQ(parse_config("")->tpm.use, TpmSettings::Use::automatic);
  const auto tpm = parse_config("[tpm]\nuse = \"require\"\ntransport = \"swtpm:path=/x\"\npcrs = [7, 0, 7]")->tpm;
  EXPECT_EQ(tpm.use, TpmSettings::Use::require);
  EXPECT_EQ(tpm.transport, "swtpm:path=/x");
  EXPECT_EQ(tpm.pcrs, (device::PcrSet{0, 7}));
  EXPECT_TRUE(parse_config("[tpm]\npcrs = []")->tpm.pcrs.empty());
  const auto app = parse_config(
                       "[app]\nlisten = \"127.0.0.1:8671\"\norigins = [\"https://p.example\"]\ntoken_file = "
                       "\"/run/t\"\nuser = \"k\"\nidle_seconds = 60\ncatalogue = "
                       "\"/usr/share/k\"")
                       ->app;
  EXPECT_EQ(app.listen->port, 8671);
  EXPECT_EQ(app.origins, (std::vector<std::string>{"https://p.example"}));
  EXPECT_EQ(app.token_file + app.user, "/run/tk");
  EXPECT_EQ(app.idle_seconds, 60U);
  EXPECT_EQ(app.catalogue, "/usr/share/k");
  EXPECT_EQ(parse_config("")->app.catalogue, "") << "no values unless they are asked for";
  EXPECT_FALSE(parse_config("")->app.listen) << "there is no API unless it is asked for";
  EXPECT_EQ(parse_config("[witness]\ntell = [\"198.18.1.9:8680\"]")->witnesses,
            (std::vector<std::string>{"198.18.1.9:8680"}));
}

TEST(AgentConfig, TheShippedFileIsGood) {
  std::ifstream file(KW_SOURCE_DIR "/packaging/agent.toml");
  std::stringstream text;
  text << file.rdbuf();
  const auto config = parse_config(text.str());
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->state_dir, "/var/lib/kioskward-agent");
}

TEST(AgentConfig, RefusesUnknownKeysWrongTypesAndOpenNotices) {
  for (const auto* text : {"sever = \"a:1\"",
                           "[notice]\nport = 1",
                           "server = 5",
                           "server = \"nohost\"",
                           "server = \"a:0\"",
                           "server = \"a:65536\"",
                           "server = \"::1:5\"",
                           "notice = 3",
                           "watch_only = 1",
                           "interface = \"\"",
                           "interface = \"sixteen-letters-\"",
                           "[notice]\nlisten = \"0.0.0.0:8670\"",
                           "user = \"\"",
                           "protect = 1",
                           "[protect]\nfiles = \"no\"",
                           "[protect]\nother = \"x\"",
                           "shell = 1",
                           "[shell]\nprofiles = \"run\"",
                           "[shell]\npolicies = \"/etc/\"",
                           "[shell]\nother = 1",
                           "tpm = 1",
                           "[tpm]\nuse = \"yes\"",
                           "[tpm]\npcrs = [16]",
                           "[tpm]\npcrs = [\"7\"]",
                           "[tpm]\nother = 1",
                           "app = 1",
                           "[app]\nlisten = \"0.0.0.0:8671\"",
                           "[app]\norigins = [\"*\"]",
                           "[app]\norigins = \"https://a\"",
                           "[app]\ntoken_file = \"t\"",
                           "[app]\nidle_seconds = 9",
                           "[app]\nother = 1",
                           "[app]\ncatalogue = \"catalogue\"",
                           "[app]\ncatalogue = true",
                           "[witness]\ntell = 1",
                           "[witness]\ntell = [\"nohost\"]",
                           "[witness]\nother = 1"})
    EXPECT_EQ(parse_config(text).code(), Errc::invalid) << text;
  EXPECT_EQ(parse_config("custodian_phone = \"" + std::string(65, '1') + "\"").code(), Errc::invalid);
  EXPECT_EQ(parse_config("server = ").code(), Errc::malformed);
  EXPECT_EQ(load_config("/nonexistent/agent.toml").code(), Errc::not_found);
}

TEST(CommandLine, WrongUseIsExitCodeTwoAndOneLine) {
  const std::vector<std::vector<std::string>> wrong{{},
                                                    {"dance"},
                                                    {"run", "--what"},
                                                    {"run", "--state"},
                                                    {"enrol", "--token"},
                                                    {"enrol", "--state", "/x", "--state", "/y"},
                                                    {"enrol", "--server", "nonsense"}};
  for (const auto& words : wrong) {
    std::ostringstream out, err;
    EXPECT_EQ(agent_main(words, out, err), 2);
    EXPECT_FALSE(err.str().empty());
  }
}

}  // namespace
}  // namespace kw::agent

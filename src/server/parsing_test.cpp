#include "server/api/bodies.h"
#include "server/config.h"
#include "server/testing/platform.h"
#include "server/views.h"

namespace kw::server {
namespace {

using testing::code;
using testing::take;

TEST(Json, ReadsStrictly) {
  const auto good = take(read_json<EnrolTokenNew>(R"({"site":"x","valid_minutes":5,"note":"字"})"));
  EXPECT_EQ(good.note, "字");
  const std::pair<const char*, Errc> bad[] = {
      {"", Errc::malformed},
      {"{", Errc::malformed},
      {R"({"site":"x","valid_minutes":5,"note":"n"} x)", Errc::malformed},
      {R"([])", Errc::invalid},
      {R"({"site":"x","valid_minutes":5})", Errc::invalid},
      {R"({"site":"x","valid_minutes":-5,"note":"n"})", Errc::invalid},
      {R"({"site":"x","valid_minutes":5.0,"note":"n"})", Errc::invalid},
      {R"({"site":"x","valid_minutes":"5","note":"n"})", Errc::invalid},
      {R"({"site":"x","valid_minutes":5,"note":null})", Errc::invalid},
      {R"({"site":"x","valid_minutes":5,"note":"n","admin":true})", Errc::invalid},
  };
  for (const auto& [text, wanted] : bad) EXPECT_EQ(code(read_json<EnrolTokenNew>(text)), wanted) << text;
  EXPECT_EQ(read_json<EnrolTokenNew>(R"({"site":"x","valid_minutes":5,"note":"n","admin":1})").error().detail(),
            "/admin: unknown field");
  EXPECT_EQ(code(read_json<PolicyPublish>(std::string(1000, '['))), Errc::malformed) << "depth";
}

TEST(Json, OptionalFieldsMayBeAbsent) {
  const auto body = take(read_json<PolicyPublish>(R"({"base_revision":0,"network":{"a":[1]},"note":"n"})"));
  EXPECT_FALSE(body.valid_days.has_value());
  EXPECT_EQ(body.network.text, R"({"a":[1]})");
  EXPECT_EQ(code(read_json<PolicyPublish>(R"({"base_revision":0,"network":{},"note":"n","valid_days":"1"})")),
            Errc::invalid);
}

TEST(Json, WritesWhatTheSchemaNames) {
  EXPECT_EQ(write_json(ItemsView<SiteView>{{{"1", "n\"", "d", "r", "a", 2}}}),
            R"({"items":[{"id":"1","name":"n\"","district":"d","region":"r","address":"a","devices":2}]})");
}

TEST(Config, Administration) {
  const auto config =
      take(parse_config("[console]\nclient_certificate_header = \"X-Client-Cert\"\n"
                        "[administration]\nbreached_passwords = \"/etc/words\"\n"));
  EXPECT_EQ(config.certificate_header, "x-client-cert");
  EXPECT_EQ(config.breached_passwords, "/etc/words");
  EXPECT_EQ(code(parse_config("[console]\nclient_certificate_header = \"a b\"")), Errc::invalid);
  EXPECT_EQ(code(parse_config("[administration]\nother = 1")), Errc::invalid);
}

TEST(Config, SecondFactors) {
  EXPECT_TRUE(take(parse_config("")).factors.passkeys.rp_id.empty());
  const auto good = take(parse_config(
      "[passkeys]\nrp_id = \"example.org\"\norigins = [\"https://example.org\", \"https://a.example.org:8443\"]\n"
      "user_verification = \"preferred\"\n[ukey]\nauthorities = \"/etc/ca.pem\"\ncrls = [\"/etc/a.crl\"]\n"
      "require_crl = false\n"));
  EXPECT_EQ(good.factors.passkeys.origins.size(), 2u);
  EXPECT_FALSE(good.factors.passkeys.verify_user);
  EXPECT_EQ(good.factors.ukeys.crls, std::vector<std::filesystem::path>{"/etc/a.crl"});
  EXPECT_FALSE(good.factors.ukeys.require_crl);
  take(parse_config("[passkeys]\nrp_id = \"localhost\"\norigins = [\"http://localhost:8661\"]"));
  const auto passkeys = [](const std::string& rp_id, const std::string& origin) {
    return code(parse_config("[passkeys]\nrp_id = \"" + rp_id + "\"\norigins = [\"" + origin + "\"]"));
  };
  for (const auto* rp_id : {"", "127.0.0.1", "Example.org", "example.org:1", "https://example.org"})
    EXPECT_EQ(passkeys(rp_id, "https://example.org"), Errc::invalid) << rp_id;
  for (const auto* origin :
       {"", "http://example.org", "https://example.com", "https://notexample.org", "https://example.org/",
        "https://example.org:", "https://example.org:123456", "https://user@example.org"})
    EXPECT_EQ(passkeys("example.org", origin), Errc::invalid) << origin;
  for (const auto* bad :
       {"[passkeys]\nrp_id = \"a.b\"", "[passkeys]\nother = 1", "[ukey]\ncrls = []", "[ukey]\nauthorities = 1",
        "[ukey]\nauthorities = \"/a\"\ncrls = [1]", "[ukey]\nauthorities = \"/a\"\ncrls = \"/b\"",
        "[passkeys]\nrp_id = \"a.b\"\norigins = [\"https://a.b\"]\nuser_verification = \"no\""})
    EXPECT_EQ(code(parse_config(bad)), Errc::invalid) << bad;
}

TEST(Json, ListsOfWordsAreReadStrictly) {
  constexpr auto kHead = R"({"name":"n","days":1,"operations":)";
  const auto read = [&](const std::string& list) { return read_json<ApiTokenNew>(kHead + list + "}"); };
  EXPECT_EQ(take(read(R"(["a","b"])")).operations, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(code(read(R"("a")")), Errc::invalid);
  EXPECT_EQ(code(read("[1]")), Errc::invalid);
  std::string many = "[\"a\"";
  for (int i = 0; i < 256; ++i) many += ",\"a\"";
  EXPECT_EQ(code(read(many + "]")), Errc::invalid);
}

TEST(Config, DefaultsAndValues) {
  const auto empty = take(parse_config(""));
  EXPECT_EQ(empty.console, (ListenAddress{"127.0.0.1", 8661}));
  EXPECT_EQ(empty.link, (ListenAddress{"0.0.0.0", 8660}));
  const auto full = take(parse_config(R"(
data_dir = "/tmp/x"
log_level = "debug"
[console]
listen = "[::1]:0"
static_dir = "dist"
secure_cookie = true
[link]
listen = "10.0.0.1:8660"
advertise = ["10.0.0.1:8660", "[fd00::1]:8660"]
name = "city"
heartbeat_seconds = 7
quote_seconds = 30
[witness]
needed = 3
picked = 9
alarm_seconds = 60
[[witness.named]]
name = "backup"
key = "/k.pem"
[[database]]
name = "biz"
audit_log = "/var/log/a.log"
accounts = ["app"]
tables = ["biz.*"]
reads = false
)"));
  EXPECT_EQ(full.console, (ListenAddress{"::1", 0}));
  EXPECT_EQ(full.advertise.at(1), (ListenAddress{"fd00::1", 8660}));
  EXPECT_TRUE(full.secure_cookie);
  EXPECT_EQ(full.heartbeat_seconds, 7u);
  EXPECT_EQ(full.quote_seconds, 30u);
  EXPECT_EQ(empty.ledger.online_days, 184u);
  EXPECT_EQ(empty.ledger.on_full, store::OnFull::critical_only);
  const auto ledger =
      take(parse_config("[ledger]\nreserve_mib = 2\non_full = \"stop\"\nsegment_mib = 1\nonline_days = 400")).ledger;
  EXPECT_EQ(ledger.reserve_octets, 2u << 20);
  EXPECT_EQ(ledger.on_full, store::OnFull::stop);
  EXPECT_EQ(ledger.segment_octets, 1u << 20);
  EXPECT_EQ(ledger.online_days, 400u);
  EXPECT_EQ(full.witness.needed, 3u);
  EXPECT_EQ(full.witness.named.at(0).name, "backup");
  EXPECT_EQ(full.databases.at(0).tables, std::vector<std::string>{"biz.*"});
  EXPECT_EQ(full.databases.at(0).silence_minutes, 60u);
  EXPECT_FALSE(full.databases.at(0).reads);
}

TEST(Config, ModuleOfTheVault) {
  EXPECT_FALSE(take(parse_config("[vault]\npassphrase = \"/p\"")).vault_module);
  const auto full = take(parse_config("[vault.module]\nlibrary = \"/l.so\"\nkey = 3\npassword = \"/p\"")).vault_module;
  ASSERT_TRUE(full);
  EXPECT_EQ(full->library, "/l.so");
  EXPECT_EQ(full->key, 3U);
  EXPECT_EQ(full->password, "/p");
  EXPECT_EQ(take(parse_config("[vault.module]\nlibrary = \"/l.so\"\npassword = \"/p\"")).vault_module->key, 1U);
  for (const auto* bad :
       {"[vault]\nmodule = 1", "[vault.module]\n", "[vault.module]\nlibrary = \"/l.so\"",
        "[vault.module]\nlibrary = \"l.so\"\npassword = \"/p\"", "[vault.module]\nlibrary = \"/l.so\"\npassword = \"\"",
        "[vault.module]\nlibrary = \"/l.so\"\npassword = \"/p\"\nkey = 0",
        "[vault.module]\nlibrary = \"/l.so\"\npassword = \"/p\"\npin = \"1\""})
    EXPECT_EQ(code(parse_config(bad)), Errc::invalid) << bad;
}

TEST(Config, RefusesWhatItDoesNotKnow) {
  const std::pair<const char*, Errc> bad[] = {
      {"data_dri = 1", Errc::invalid},
      {"[console]\nlisten = 5", Errc::invalid},
      {"[console]\nport = 5", Errc::invalid},
      {"console = 1", Errc::invalid},
      {"[link]\nlisten = \"host.example:1\"", Errc::invalid},
      {"[link]\nadvertise = [\"10.0.0.1:0\"]", Errc::invalid},
      {"[link]\nadvertise = [1]", Errc::invalid},
      {"[link]\nlisten = \"10.0.0.1:99999\"", Errc::invalid},
      {"[link]\nheartbeat_seconds = 0", Errc::invalid},
      {"[link]\nquote_seconds = 0", Errc::invalid},
      {"[other]\n", Errc::invalid},
      {"[ledger]\nonline_days = 183", Errc::invalid},
      {"[ledger]\non_full = \"drop\"", Errc::invalid},
      {"[ledger]\nreserve_mib = 0", Errc::invalid},
      {"[ledger]\nrotate = true", Errc::invalid},
      {"[witness]\nneeded = 0", Errc::invalid},
      {"[witness]\nnames = 1", Errc::invalid},
      {"[witness]\nnamed = [1]", Errc::invalid},
      {"[[witness.named]]\nname = \"A/b\"\nkey = \"k\"", Errc::invalid},
      {"[[witness.named]]\nname = \"a\"", Errc::invalid},
      {"[[witness.named]]\nname = \"a\"\nkey = \"k\"\n[[witness.named]]\nname = \"a\"\nkey = \"k\"", Errc::invalid},
      {"database = 1", Errc::invalid},
      {"[[database]]\nname = \"a\"\naudit_log = \"/l\"\naccounts = [\"x\"]\ntables = [\"t\"]", Errc::invalid},
      {"[[database]]\nname = \"a\"\naudit_log = \"l\"\naccounts = [\"x\"]\ntables = [\"d.t\"]", Errc::invalid},
      {"[[database]]\nname = \"a\"\naudit_log = \"/l\"\naccounts = []\ntables = [\"d.t\"]", Errc::invalid},
      {"log_level = \"loud\"", Errc::invalid},
      {"data_dir = ", Errc::malformed},
      {"data_dir = \"a\"\ndata_dir = \"b\"", Errc::malformed},
  };
  for (const auto& [text, wanted] : bad) EXPECT_EQ(code(parse_config(text)), wanted) << text;
  EXPECT_EQ(code(load_config("/nonexistent.toml")), Errc::not_found);
}

}  // namespace
}  // namespace kw::server

// Syslog over TLCP, bridges over HTTP, what no road carries, and what happens to targets whose files change.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "net/listener.h"
#include "server/testing/export_bed.h"
#include "tests/support/police_desk.h"
#include "tests/support/tlcp/peers.h"

namespace kw::server {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace peers = kw::tlcp::testing;
namespace asio = boost::asio;
using kw::testing::http_answer;
using kw::testing::HttpFace;

/// SyslogDesk takes RFC 5425 frames over TLCP and keeps how often each number came.
class SyslogDesk {
 public:
  std::atomic<int> cut{0};  // take half of the first read and hang up; the batch must be larger than one read
  SyslogDesk() {
    config_ = std::make_shared<tlcp::ServerConfig>(peers::server_config(tlcp::ClientAuth::none));
    EXPECT_TRUE(listener_.open("127.0.0.1", 0));
    asio::co_spawn(context_, listener_.run([this](asio::ip::tcp::socket socket) { return serve(std::move(socket)); }),
                   asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  SyslogDesk(const SyslogDesk&) = delete;
  SyslogDesk& operator=(const SyslogDesk&) = delete;
  ~SyslogDesk() {
    context_.stop();
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  std::map<std::string, int> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
    net::TlcpStream stream(std::move(socket), std::make_unique<tlcp::Server>(config_, random_, clock_));
    if (const auto done = co_await stream.handshake(net::in(10s)); !done) co_return;
    const bool cutting = kw::testing::PoliceDesk::count_down(cut);
    std::string text;
    while (true) {
      const auto octets = co_await stream.read_some(net::in(10s));
      if (!octets) break;
      text += text_of(*octets);
      if (cutting) break;
    }
    take_frames(cutting ? text.substr(0, text.size() / 2) : text);
    if (cutting) {
      stream.abort();
      co_return;
    }
    static_cast<void>(co_await stream.shutdown(net::in(2s)));  // a client that went is no matter of the desk's
  }
  void take_frames(std::string text) {
    const std::lock_guard lock(mutex_);
    while (!text.empty()) {
      const auto blank = text.find(' ');
      if (blank == std::string::npos) return;
      const auto size = std::stoul(text.substr(0, blank));
      if (text.size() < blank + 1 + size) return;
      const auto at = text.find(" num=\"");
      ++seen_[text.substr(at + 6, 18)];
      text.erase(0, blank + 1 + size);
    }
  }
  asio::io_context context_{1};
  NullLog log_;
  net::Listener listener_{context_, log_, 16};
  std::shared_ptr<const tlcp::ServerConfig> config_;
  crypto::SystemRandom random_;
  peers::StandingClock clock_;
  std::mutex mutex_;
  std::map<std::string, int> seen_;
  std::thread thread_;
};

class ExportRoads : public ::testing::Test {
 protected:
  void TearDown() override { bed_.stop(); }
  void tlcp_profile(std::uint16_t port, const std::string& name = "localhost") {
    bed_.p.clock.advance(std::chrono::hours(24 * 200));  // the test PKI's certificates begin later than the clock
    bed_.profile("syslog-tlcp",
                 shipped_profile("syslog-tlcp", "tlcp://127.0.0.1:" + std::to_string(port),
                                 {{"/etc/kioskward/export/log-sm2-ca.pem", peers::vector_path("pki/ca_chain.crt")},
                                  {"# server_name = \"log.example\"", "server_name = \"" + name + "\""},
                                  {"batch = 500", "batch = 100"}}));
  }
  bool reached(const std::string& name, std::uint64_t size) {
    return bed_.until([&] { return bed_.status(name).stored.cursor >= size; });
  }
  ExportBed bed_;
};

TEST_F(ExportRoads, SyslogOverTlcpIsConfirmedByCloseNotify) {
  SyslogDesk desk;
  tlcp_profile(desk.port());
  bed_.happen(250);
  desk.cut = 1;
  bed_.start();
  const auto size = bed_.size();
  ASSERT_TRUE(reached("syslog-tlcp", size)) << bed_.status("syslog-tlcp").stored.last_error;
  // The engine answers close_notify before the desk has written down what came before it.
  const auto numbers = bed_.numbers(size);
  std::size_t doubles = 0;
  ASSERT_TRUE(bed_.until([&] {
    const auto seen = desk.seen();
    doubles = 0;
    for (const auto& number : numbers) {
      if (!seen.contains(number)) return false;
      doubles += seen.at(number) > 1 ? 1 : 0;
    }
    return true;
  }));
  EXPECT_GT(doubles, 0u);    // a batch whose end was not confirmed comes again
  EXPECT_LE(doubles, 100u);  // and never more than a batch each time
  bed_.stop();
}

TEST_F(ExportRoads, ACertificateOfAnotherNameIsRefused) {
  SyslogDesk desk;
  tlcp_profile(desk.port(), "elsewhere.example");
  bed_.happen(1);
  bed_.start();
  ASSERT_TRUE(bed_.until([&] { return bed_.status("syslog-tlcp").attempts >= 2; }));
  EXPECT_NE(bed_.status("syslog-tlcp").stored.last_error.find("untrusted"), std::string::npos)
      << bed_.status("syslog-tlcp").stored.last_error;
  EXPECT_TRUE(desk.seen().empty());
  bed_.stop();
}

TEST_F(ExportRoads, BridgesGetEveryRecordAndOnlyTheSameOnesAgain) {
  for (const std::string name : {"jsonl-post", "cef-post", "kafka-cef", "kafka-json"}) {
    std::mutex mutex;
    std::string all, heads;
    std::atomic<int> calls{0};
    HttpFace bridge([&](const std::string& head, const std::string& body) -> std::optional<std::string> {
      const int call = ++calls;
      if (call == 1) return std::nullopt;              // cut
      if (call == 2) return http_answer(503, "busy");  // not now
      const std::lock_guard lock(mutex);
      all += body;
      heads += head;
      const auto count = [&](const std::string& what) {
        std::size_t out = 0;
        for (auto at = body.find(what); at != std::string::npos; at = body.find(what, at + 1)) ++out;
        return out;
      };
      std::string said;
      if (name == "kafka-cef") {
        said = "{\"offsets\":[";
        for (std::size_t i = 0; i < count("\"key\":"); ++i)
          said += std::string(i ? "," : "") + "{\"partition\":0,\"offset\":1,\"error_code\":null,\"error\":null}";
        said += "]}";
      } else if (name == "kafka-json") {
        for (std::size_t i = 0; i < count("\"key\":"); ++i) said += "{\"error_code\":200,\"offset\":1}\n";
      }
      return http_answer(200, said, "application/json");
    });
    ExportBed bed;
    bed.profile(name, shipped_profile(name, "http://127.0.0.1:" + std::to_string(bridge.port()) + "/x"));
    bed.happen(50);
    bed.start();
    const auto size = bed.size();
    ASSERT_TRUE(bed.until([&] { return bed.status(name).stored.cursor >= size; }))
        << name << bed.status(name).stored.last_error;
    bed.stop();
    for (const auto& number : bed.numbers(size))
      ASSERT_NE(all.find(number), std::string::npos) << name << " " << number << all.substr(0, 300);
    EXPECT_EQ(heads.find("Authorization"), std::string::npos);
  }
}

TEST_F(ExportRoads, ABatchTooLargeForABridgeGoesInPartsAndABadRecordAlone) {
  std::mutex mutex;
  std::multiset<std::string> seen;
  HttpFace bridge([&](const std::string&, const std::string& body) {
    if (std::count(body.begin(), body.end(), '\n') > 30) return std::optional(http_answer(413, "too much"));
    if (body.find("POISON") != std::string::npos) return std::optional(http_answer(400, "no"));
    const std::lock_guard lock(mutex);
    for (auto at = body.find("\"number\":\""); at != std::string::npos; at = body.find("\"number\":\"", at + 1))
      seen.insert(body.substr(at + 10, 18));
    return std::optional(http_answer(204, ""));
  });
  bed_.profile("jsonl-post", shipped_profile("jsonl-post", "http://127.0.0.1:" + std::to_string(bridge.port()) + "/x"));
  bed_.happen(150);
  bed_.happen(1, "POISON");
  bed_.happen(150);
  const auto end = bed_.size();
  bed_.start();
  ASSERT_TRUE(reached("jsonl-post", end)) << bed_.status("jsonl-post").stored.last_error;
  const auto refusals = take(bed_.service().refusals("jsonl-post", 10));
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].code, "HTTP 400");
  bed_.stop();
  const std::lock_guard lock(mutex);
  for (const auto& number : bed_.numbers(end))
    EXPECT_EQ(seen.count(number), number == refusals[0].number ? 0u : 1u) << number;
}

TEST_F(ExportRoads, BasicAuthenticationComesFromAFileThatOthersMayNotRead) {
  std::string head_seen;
  std::mutex mutex;
  HttpFace bridge([&](const std::string& head, const std::string&) {
    const std::lock_guard lock(mutex);
    head_seen = head;
    return std::optional(http_answer(204, ""));
  });
  const auto file = bed_.path("basic");
  std::ofstream(file) << "user:pass word\n";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  bed_.profile(
      "jsonl-post",
      shipped_profile("jsonl-post", "http://127.0.0.1:" + std::to_string(bridge.port()) + "/x",
                      {{"# basic = \"/etc/kioskward/export/collector.basic\"", "basic = \"" + file.string() + "\""}}));
  bed_.happen(3);
  bed_.start();
  ASSERT_TRUE(bed_.until([&] { return bed_.status("jsonl-post").attempts >= 1; }));
  EXPECT_NE(bed_.status("jsonl-post").stored.last_error.find("not_permitted"), std::string::npos);
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  ASSERT_TRUE(reached("jsonl-post", 3));
  bed_.stop();
  EXPECT_NE(head_seen.find("Authorization: Basic " + to_base64(bytes_of("user:pass word"))), std::string::npos)
      << head_seen;
}

TEST_F(ExportRoads, NoPersonalValueLeaves) {
  const std::string marker = "KWMARK-510623199511206521", name = "标记人";
  auto& p = bed_.p;
  const auto id = p.enrolment(take(crypto::Sm2PrivateKey::generate()));
  auto binding = p.binding(id);
  binding.custodian = name;
  binding.custodian_phone = marker;
  const auto device = take(p.enrol.approve(id, binding, p.security)).device;
  good(p.changes.run([&](Change& change) {
    return change.record(
        {.type = "device.disabled", .actor = p.security, .device = device, .params = {{"reason", "planted"}}});
  }));
  bed_.settle();
  const auto size = bed_.size();
  ExportSource source(p.changes, bed_.reader());
  for (const auto* shipped_name : {"syslog-tls", "syslog-tlcp", "police-soap", "police-gate", "kafka-cef", "kafka-json",
                                   "jsonl-post", "cef-post"}) {
    std::ifstream file(std::string(KW_SOURCE_DIR) + "/packaging/export/" + shipped_name + ".toml");
    std::stringstream text;
    text << file.rdbuf();
    const auto profile = take(exports::parse_profile(text.str()));
    const auto found = take(source.find(profile, ExportBed::ledger(), 0, 500));
    EXPECT_EQ(found.end, size);
    const auto message = take(exports::encode(profile, {"b", found.records}));
    const auto octets = profile.charset == exports::Charset::utf8
                            ? message.octets
                            : take(exports::decode_text(bytes_of(message.octets), profile.charset));
    EXPECT_NE(octets.find("planted"), std::string::npos) << shipped_name;  // what is looked through is what is sent
    EXPECT_EQ(octets.find(marker), std::string::npos) << shipped_name;
    EXPECT_EQ(octets.find(name), std::string::npos) << shipped_name;
  }
}

TEST_F(ExportRoads, TargetsComeChangeAndGoAsEvents) {
  const auto toml = shipped_profile("police-gate", "file://" + bed_.path("gate").string());
  bed_.profile("police-gate", toml);
  good(bed_.open());
  EXPECT_EQ(bed_.entries("export.target.added"), 1u);
  good(bed_.open());
  EXPECT_EQ(bed_.entries("export.target.changed"), 0u);
  bed_.profile("police-gate", toml + "# another octet\n");
  good(bed_.open());
  EXPECT_EQ(bed_.entries("export.target.changed"), 1u);
  bed_.remove_profile("police-gate");
  good(bed_.open());
  EXPECT_EQ(bed_.entries("export.target.removed"), 1u);
  EXPECT_TRUE(take(bed_.service().list()).empty());
  good(bed_.open());
  EXPECT_EQ(bed_.entries("export.target.removed"), 1u);
}

TEST_F(ExportRoads, AProfileIsSavedInVersionsAndItsTargetTakesTheNewOneAtItsNextBatch) {
  std::atomic<int> first{0}, second{0};
  HttpFace wrong([&](const std::string&, const std::string&) {
    ++first;
    return std::optional(http_answer(503, "not here"));
  });
  HttpFace right([&](const std::string&, const std::string&) {
    ++second;
    return std::optional(http_answer(204, ""));
  });
  const auto text = [&](const HttpFace& face, const std::string& more = {}) {
    auto out = shipped_profile("jsonl-post", "http://127.0.0.1:" + std::to_string(face.port()) + "/x");
    const std::string ca = "ca = \"/etc/kioskward/export/collector-ca.pem\"";
    out.replace(out.find(ca), ca.size(), "");
    return out + more;
  };
  bed_.happen(5);
  bed_.start();  // without any target
  auto& service = bed_.service();
  auto saved = take(service.save_profile(text(wrong), 0, "a collector", bed_.audit));
  EXPECT_EQ(saved.stored.version, 1u);
  ASSERT_TRUE(bed_.until([&] { return bed_.status("jsonl-post").attempts >= 2; }));
  EXPECT_GT(first, 0);
  EXPECT_EQ(code(service.save_profile(text(right), 0, "stale", bed_.audit)), Errc::conflict);
  EXPECT_EQ(code(service.save_profile(text(wrong), 1, "the same", bed_.audit)), Errc::conflict);
  // The batch under way is stuck: it is sent again by the new profile.
  saved = take(service.save_profile(text(right), 1, "its address was wrong", bed_.audit));
  ASSERT_TRUE(reached("jsonl-post", 5)) << bed_.status("jsonl-post").stored.last_error;
  EXPECT_GT(second, 0);
  EXPECT_EQ(bed_.status("jsonl-post").profile, to_hex(saved.stored.digest));
  EXPECT_EQ(bed_.entries("export.profile.saved"), 2u);
  EXPECT_EQ(bed_.entries("export.target.added"), 1u);
  EXPECT_EQ(bed_.entries("export.target.changed"), 1u);

  const int before = first;
  bed_.start();  // another start goes on with what was saved
  bed_.happen(3);
  const auto size = bed_.size();
  ASSERT_TRUE(reached("jsonl-post", size));
  EXPECT_EQ(first, before);
  EXPECT_EQ(bed_.entries("export.target.changed"), 1u);
  const auto versions = take(bed_.service().profile_versions("jsonl-post"));
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].reason, "its address was wrong");
  EXPECT_EQ(versions[1].saved_by, "auditadmin");
  EXPECT_EQ(code(bed_.service().profile_versions("nobody")), Errc::not_found);
  bed_.stop();
}

TEST_F(ExportRoads, WhatASavedProfileMayNameIsBounded) {
  bed_.profile("police-gate", shipped_profile("police-gate", "file:///x"));
  good(bed_.open());
  auto& service = bed_.service();
  const auto trust = bed_.path("trust").string();
  const auto problem = [&](const std::string& from, const std::string& to) {
    auto text = shipped_profile("syslog-tls", "tls://log.example:6514",
                                {{"\"/etc/kioskward/export/log-ca.pem\"", "\"" + trust + "/ca.pem\""}, {from, to}});
    EXPECT_EQ(service.check_profile(text).has_value(), !service.may_save(text, 0).has_value());
    return service.check_profile(text);
  };
  EXPECT_FALSE(problem("batch = 500", "batch = 400"));
  for (const std::string bad : {"/etc/shadow", "ca.pem", "../trust/ca.pem"}) {
    const auto told = problem("# server_name = \"log.example\"", "basic = \"" + bad + "\"");
    ASSERT_TRUE(told) << bad;
    EXPECT_EQ(told->key, "trust.basic");
    EXPECT_GT(told->line, 10u);
  }
  EXPECT_TRUE(problem("# server_name = \"log.example\"", "basic = \"" + trust + "/../ledger.key\""));
  EXPECT_TRUE(problem("# server_name = \"log.example\"", "basic = \"" + trust + "\""));
  EXPECT_FALSE(problem("# server_name = \"log.example\"", "basic = \"" + trust + "/a/basic\""));
  const auto gate = [&](const std::string& address) {
    auto text = shipped_profile("police-gate", address, {{"name = \"police-gate\"", "name = \"other\""}});
    return service.check_profile(text);
  };
  EXPECT_FALSE(gate("file://" + bed_.path("gates").string() + "/police"));
  ASSERT_TRUE(gate("file:///etc"));
  EXPECT_EQ(gate("file:///etc")->key, "address");
  EXPECT_TRUE(gate("file://" + bed_.path("gates").string() + "x/police"));
  // Files are read-only here, and keep their names to themselves.
  const auto same = shipped_profile("police-gate", "file://" + bed_.path("gates").string() + "/p");
  EXPECT_EQ(code(service.save_profile(same, 0, "mine", bed_.audit)), Errc::conflict);
  EXPECT_TRUE(service.check_profile(same));
  const auto broken = service.save_profile("name = \"x\"\nkind = 5\n", 0, "r", bed_.audit);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.code(), Errc::invalid);
  EXPECT_EQ(broken.error().detail(), "/text: line 2: kind: text expected");
  EXPECT_EQ(code(service.save_profile("name = ", 0, "r", bed_.audit)), Errc::malformed);
  EXPECT_EQ(bed_.entries("export.profile.saved"), 0u);
  const auto all = take(service.profiles());
  EXPECT_EQ(std::ranges::count(all, ProfileSource::shipped, &ShownProfile::source), 8);
  EXPECT_EQ(std::ranges::count(all, ProfileSource::file, &ShownProfile::source), 1);
}

TEST_F(ExportRoads, ABadProfileIsNamedWithItsFile) {
  bed_.profile("bad", "name = 5\n");
  const auto done = bed_.open();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), Errc::invalid);
  EXPECT_NE(done.error().detail().find("bad.toml"), std::string::npos);
  bed_.remove_profile("bad");
  const auto toml = shipped_profile("police-gate", "file:///x");
  bed_.profile("a", toml);
  bed_.profile("b", toml);
  EXPECT_EQ(code(bed_.open()), Errc::invalid);
}

TEST_F(ExportRoads, AFullStoreStopsNothingForGood) {
  kw::testing::PoliceDesk desk;
  kw::testing::SoapFace soap(desk);
  bed_.profile("police-soap",
               shipped_profile("police-soap", soap.address(), {{"first_seconds = 5", "first_seconds = 1"}}));
  bed_.happen(10);
  bed_.start();
  ASSERT_TRUE(reached("police-soap", 10));
  bed_.happen(10);
  bed_.p.store->full = true;
  EXPECT_TRUE(bed_.until([n = 0]() mutable { return ++n > 200; }));
  bed_.p.store->full = false;
  const auto size = bed_.size();
  ASSERT_TRUE(reached("police-soap", size));
  bed_.stop();
  EXPECT_EQ(desk.kept(), desk.order().size());
}

}  // namespace
}  // namespace kw::server

#include "agent/enrol/enrol.h"

#include <sstream>

#include "agent/testing/scripted_platform.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::must;
using testing::PlatformSide;
using testing::ScriptedPlatform;

struct EnrolTest : ::testing::Test {
  asio::io_context io{1};
  PlatformSide side;
  ScriptedPlatform server{io, side};
  testing::TempDir dir;
  StateDirectory state = must(StateDirectory::open(dir.path()));
  NullLog log;
  std::ostringstream said;
  std::optional<v1::EnrolRequest> seen;
  int polls = 0;
  const std::string id = std::string(16, 'e');
  const DeviceId device = DeviceId::make(side.clock.now(), side.random);

  void SetUp() override {
    server.open();
    server.on_enrol = [this](const v1::EnrolRequest& request) {
      seen = request;
      return reply(request.token() == "good" ? v1::PENDING : v1::TOKEN_REFUSED);
    };
    server.on_poll = [this](const v1::EnrolPoll& poll, const std::string& challenge) {
      Bytes statement = copy(bytes_of("kioskward:enrol-poll:v1"));
      statement.push_back(0);
      append(statement, bytes_of(challenge));
      append(statement, bytes_of(poll.enrolment_id()));
      const auto request = must(crypto::CertificateRequest::parse(bytes_of(seen->pkcs10())));
      EXPECT_TRUE(request.public_key().verify(statement, bytes_of(poll.signature())));
      if (++polls < 3) return reply(v1::PENDING);
      return side.approve(request, device, request.subject().common_name);
    };
  }
  void TearDown() override {
    server.stop();
    io.restart();
    io.run_for(100ms);
  }
  v1::EnrolReply reply(v1::EnrolState at) const {
    v1::EnrolReply out;
    out.set_state(at);
    if (at == v1::PENDING) out.set_enrolment_id(id);
    return out;
  }
  EnrolOptions options(std::string token = "good", std::chrono::seconds wait = 10s) {
    EnrolOptions out;
    out.server = {"127.0.0.1", server.port()};
    out.ca_pem = side.ca_pem();
    out.token = std::move(token);
    out.wait = wait;
    out.poll_every = 1ms;
    out.interface = "lo";
    out.root = KW_SOURCE_DIR "/src/platform/linux/testdata/vm";
    return out;
  }
  Result<EnrolOutcome> go(const EnrolOptions& how) {
    std::optional<Result<EnrolOutcome>> outcome;
    const EnrolPorts ports{side.clock, side.random, log, said};
    asio::co_spawn(io, enrol(state, how, ports), [&](const std::exception_ptr& e, Result<EnrolOutcome> done) {
      if (e) std::rethrow_exception(e);
      outcome.emplace(std::move(done));
    });
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!outcome && std::chrono::steady_clock::now() < deadline) io.run_one_for(20ms), io.restart();
    return outcome ? std::move(*outcome) : Result<EnrolOutcome>(fail(Errc::internal, "no outcome"));
  }
  int code(const EnrolOptions& how) { return exit_code(go(how)); }
};

TEST_F(EnrolTest, AsksWaitsChecksAndStores) {
  const auto done = go(options());
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(polls, 3);
  EXPECT_EQ(seen->interface(), "lo");
  EXPECT_EQ(seen->address(), "127.0.0.1");
  EXPECT_GT(seen->hardware().sources_size(), 1);
  EXPECT_EQ(must(crypto::CertificateRequest::parse(bytes_of(seen->pkcs10()))).subject().common_name.size(), 32U);
  EXPECT_NE(said.str().find(to_hex(bytes_of(id))), std::string::npos);
  EXPECT_NE(said.str().find("does not have"), std::string::npos) << "missing sources are named";
  EXPECT_NE(said.str().find(device.text()), std::string::npos);
  const auto hardware = must(read_device_hardware("lo", options().root));
  EXPECT_EQ(must(load_identity(state, must(open_device_key(state, hardware.seal)))).device, device);
  EXPECT_EQ(code(options()), 3) << "enrolled already";
}

TEST_F(EnrolTest, ResumesWithTheSameKeyAndWithoutTheToken) {
  auto how = options("good", 0s);
  ASSERT_EQ(*go(how), EnrolOutcome::pending);
  const auto first = seen->pkcs10();
  how = options("", 10s);
  how.resume = true;
  how.ca_pem.clear();
  const auto done = go(how);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(*done, EnrolOutcome::enrolled);
  EXPECT_EQ(seen->pkcs10(), first) << "not asked a second time";
}

TEST_F(EnrolTest, EachRefusalHasItsExitCode) {
  EXPECT_EQ(code(options("bad")), 4);
  auto how = options();
  how.resume = true;
  EXPECT_EQ(code(how), 10) << "nothing to resume";
  server.on_poll = [&](const v1::EnrolPoll&, const std::string&) { return reply(v1::REJECTED); };
  EXPECT_EQ(code(options()), 5);
  server.on_poll = [&](const v1::EnrolPoll&, const std::string&) { return reply(v1::PENDING); };
  EXPECT_EQ(code(options("good", 1s)), 6);
  how = options();
  PlatformSide stranger;
  how.ca_pem = stranger.ca_pem();
  EXPECT_EQ(code(how), 8) << "not the pinned platform";
  how = options();
  how.interface = "nosuch0";
  EXPECT_EQ(code(how), 10);
  how = options();
  how.server.port = 1;
  how.wait = 0s;
  EXPECT_EQ(code(how), 7);
  EXPECT_FALSE(must(state.read(StateFile::identity)).has_value());
}

TEST_F(EnrolTest, AnApprovalThatDoesNotHoldIsNotStored) {
  server.on_poll = [&](const v1::EnrolPoll&, const std::string&) {
    const auto other = must(crypto::Sm2PrivateKey::generate());
    crypto::Name name;
    name.common_name = "other";
    return side.approve(must(crypto::CertificateRequest::build(name, other)), device, "x");
  };
  EXPECT_EQ(code(options()), 9);
  EXPECT_FALSE(must(state.read(StateFile::identity)).has_value());
  EXPECT_TRUE(must(state.read(StateFile::enrolment)).has_value());
}

}  // namespace
}  // namespace kw::agent

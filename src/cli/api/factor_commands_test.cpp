// Log-in and registering with a UKey against a server whose answers the test gives; the UKey is an SKF library over
// files.
#include <boost/json.hpp>

#include "base/base64url.h"
#include "cli/api/testing/answering_server.h"
#include "cli/api/testing/ukey_files.h"
#include "cli/ukey.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using testing::AnsweringServer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::UkeyFiles;

std::string line(const std::string& purpose, const std::string& account = "secadmin") {
  return pki::UkeyMessage{purpose, "platform", account, Bytes(32, 7)}.text();
}
net::Response challenge(const std::string& message) {
  return net::json_response(200, json::serialize(json::object{{"factor", "ukey"},
                                                              {"attempt", "sealed"},
                                                              {"expires", "2026-11-23T16:00:00Z"},
                                                              {"challenge", "AAAA"},
                                                              {"message", message}}));
}
net::Response session_opened() {
  return testing::opens_session(
      R"({"account":"secadmin","display_name":"S","role":"security","csrf":"csrf2","factor":"ukey"})");
}
json::object body_of(const net::Request& request) { return json::parse(request.body).as_object(); }

struct UkeyCommands : ::testing::Test {
  AnsweringServer server;
  UkeyFiles ukey{server.file("ukey")};
  int login(const std::string& typed) {
    return server.run(
        {"login", "--server", server.url(), "--account", "secadmin", "--factor", "ukey", "--skf", ukey.library()},
        typed);
  }
  [[nodiscard]] Result<> verified(const json::object& of, const std::string& message) const {
    const auto signature = from_base64url(of.at("signature").as_string());
    return signature ? ukey.key.public_key().verify(bytes_of(message), *signature) : Result<>(signature.error());
  }
};

TEST_F(UkeyCommands, LogInInOneStep) {
  server.on("POST", "/api/v1/session/challenge", challenge(line("login")));
  server.on("POST", "/api/v1/session", session_opened());
  server.start();
  ASSERT_EQ(login("pass\nPin-1234\n"), kDone) << server.err();
  EXPECT_EQ(body_of(server.asked().at(0)), (json::object{{"account", "secadmin"}, {"factor", "ukey"}}));
  const auto sent = body_of(server.asked().at(1));
  EXPECT_EQ(sent.at("password").as_string(), "pass");
  EXPECT_FALSE(sent.contains("code"));
  const auto& answer = sent.at("answer").as_object();
  EXPECT_EQ(answer.at("factor").as_string(), "ukey");
  EXPECT_EQ(answer.at("attempt").as_string(), "sealed");
  EXPECT_TRUE(verified(answer, line("login")));
  EXPECT_THAT(server.err(), HasSubstr("The UKey signs: login, platform platform, account secadmin"));
  EXPECT_THAT(server.out() + server.err(), Not(HasSubstr(UkeyFiles::kPin)));
}

TEST_F(UkeyCommands, AWrongPinIsToldAndNothingIsSent) {
  server.on("POST", "/api/v1/session/challenge", challenge(line("login")));
  server.start();
  EXPECT_EQ(login("pass\nwrong\nPin-1234\n"), kFailed);
  EXPECT_THAT(server.err(), AllOf(HasSubstr("wrong PIN, 5 tries left"), HasSubstr("forbidden: UKey: wrong PIN")));
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(UkeyCommands, AChallengeForSomethingElseIsNotSigned) {
  for (const auto& message : {line("add"), line("login", "bob"), std::string("order 7"), std::string()}) {
    AnsweringServer other;
    other.on("POST", "/api/v1/session/challenge", challenge(message));
    other.start();
    EXPECT_EQ(other.run({"login", "--server", other.url(), "--account", "secadmin", "--factor", "ukey", "--skf",
                         ukey.library()},
                        "pass\nPin-1234\n"),
              kFailed);
    EXPECT_THAT(other.err(), AllOf(HasSubstr("is for something else"), Not(HasSubstr("signs")))) << message;
  }
}

TEST_F(UkeyCommands, WhatIsNoUkeyIsSaidBeforeAnythingIsAsked) {
  server.start();
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"login", "--server", server.url(), "--account", "a"};
    words.insert(words.end(), more.begin(), more.end());
    return server.run(words, "pass\n");
  };
  EXPECT_EQ(run({"--factor", "ukey"}), kUsage);
  EXPECT_EQ(run({"--factor", "sms"}), kUsage);
  EXPECT_EQ(run({"--factor", "passkey"}), kUsage);
  EXPECT_EQ(run({"--skf", ukey.library()}), kUsage);
  EXPECT_EQ(run({"--factor", "ukey", "--skf", "/nonexistent.so"}), kFailed);
  EXPECT_THAT(server.err(), Not(HasSubstr("Password")));
}

TEST_F(UkeyCommands, ConfirmAndPasswordTakeItToo) {
  server.on("POST", "/api/v1/session/factors/challenge", challenge(line("confirm")));
  server.on("POST", "/api/v1/session/confirm", session_opened());
  server.on("POST", "/api/v1/session/password", session_opened());
  server.start();
  server.log_in();
  ASSERT_EQ(server.run({"confirm", "--factor", "ukey", "--skf", ukey.library()}, "pass\nPin-1234\n"), kDone)
      << server.err();
  EXPECT_EQ(body_of(server.asked().at(0)), (json::object{{"factor", "ukey"}, {"purpose", "confirm"}}));
  EXPECT_TRUE(verified(body_of(server.asked().at(1)).at("answer").as_object(), line("confirm")));
  ASSERT_EQ(server.run({"password", "--factor", "ukey", "--skf", ukey.library()}, "pass\nnew-pass\nPin-1234\n"), kDone)
      << server.err();
  const auto sent = body_of(server.asked().at(3));
  EXPECT_EQ(sent.at("new_password").as_string(), "new-pass");
  EXPECT_TRUE(verified(sent.at("answer").as_object(), line("confirm")));
}

TEST_F(UkeyCommands, RegistersWithCertificateAndSignature) {
  server.on("POST", "/api/v1/session/factors/challenge", challenge(line("add")));
  server.on("POST", "/api/v1/session/factors", net::json_response(201, R"({"id":"1","factor":"ukey","name":"蓝色"})"));
  server.start();
  server.log_in();
  ASSERT_EQ(server.run({"factors", "add-ukey", "--name", "蓝色", "--skf", ukey.library()}, "Pin-1234\n"), kDone)
      << server.err();
  const auto sent = body_of(server.asked().at(1));
  EXPECT_EQ(sent.at("name").as_string(), "蓝色");
  EXPECT_EQ(sent.at("attempt").as_string(), "sealed");
  EXPECT_EQ(from_base64url(sent.at("certificate").as_string()).value(), ukey.certificate.der());
  EXPECT_TRUE(verified(sent, line("add")));
  EXPECT_THAT(server.out(), HasSubstr("蓝色"));
}

TEST_F(UkeyCommands, SignsForABrowserWhatItShows) {
  const auto run = [](const std::vector<std::string>& words, const std::string& typed = {}) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    ::close(ends[1]);
    std::ostringstream out, err;
    Terminal terminal{ends[0], out, err};
    const int code = run_command(words, terminal);
    ::close(ends[0]);
    return std::pair(code, out.str());
  };
  EXPECT_EQ(run({"ukey", "keys", "--skf", ukey.library()}),
            std::pair(kDone, std::string("TEST-UKEY/kioskward/signing\n")));
  EXPECT_EQ(run({"ukey", "certificate", "--skf", ukey.library()}), std::pair(kDone, ukey.certificate.pem()));
  const auto [code, signature] = run({"ukey", "sign", "--skf", ukey.library(), line("login")}, "Pin-1234\n");
  ASSERT_EQ(code, kDone);
  const auto octets = from_base64url(signature.substr(0, signature.size() - 1)).value();
  EXPECT_TRUE(ukey.key.public_key().verify(bytes_of(line("login")), octets));
  const auto added = run({"ukey", "sign", "--skf", ukey.library(), line("add")}, "Pin-1234\n").second;
  EXPECT_EQ(from_base64url(added.substr(0, added.find('.'))).value(), ukey.certificate.der());
  EXPECT_EQ(run({"ukey", "sign", "--skf", ukey.library(), "order 7"}, "Pin-1234\n").first, kUsage);
  EXPECT_EQ(run({"ukey", "sign", "--skf", ukey.library()}).first, kUsage);
  EXPECT_EQ(run({"ukey"}).first, kUsage);
}

}  // namespace
}  // namespace kw::cli

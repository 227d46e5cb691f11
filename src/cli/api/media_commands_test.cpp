// media get and media look against a server whose answers the test gives.
#include <sys/stat.h>

#include "cli/api/testing/answering_server.h"
#include "crypto/sm3.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

using ::testing::AllOf;
using testing::AnsweringServer;
using ::testing::HasSubstr;

net::Response recording(const std::string& content, const std::string& digest_of) {
  net::Response out;
  out.content_type = "image/jpeg";
  out.body = content;
  out.headers = {{"X-Kw-Digest", "sm3=" + to_hex(crypto::sm3(bytes_of(digest_of)))},
                 {"X-Kw-Watermark", "secadmin 2026-11-26T08:00:00Z"}};
  return out;
}

std::vector<std::string> get(const std::string& file) {
  return {"media", "get", "0a", "--purpose", "case 7", "--out", file};
}

TEST(MediaCommands, ARecordingBecomesAFileOfItsOwner) {
  AnsweringServer server;
  server.on("GET", "/api/v1/media/{id}/content", recording("a picture", "a picture"));
  server.start();
  server.log_in();
  const auto file = server.file("p.jpg");
  EXPECT_EQ(server.run(get(file)), kDone) << server.err();
  EXPECT_THAT(server.out(), AllOf(HasSubstr("9 octets  image/jpeg"), HasSubstr("secadmin 2026")));
  const auto content = platform::read_file(file, 100);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(copy_text(*content), "a picture");
  struct stat facts {};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(server.asked().at(0).query.at("purpose"), "case 7");
  EXPECT_EQ(server.run(get(file)), kFailed) << "nothing is overwritten";
}

TEST(MediaCommands, WhatIsNotWhatItsDigestSaysIsNotKept) {
  AnsweringServer server;
  server.on("GET", "/api/v1/media/{id}/content", recording("a forged picture", "a picture"));
  server.start();
  server.log_in();
  const auto file = server.file("p.jpg");
  EXPECT_EQ(server.run(get(file)), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("not what the platform's digest says"));
  EXPECT_FALSE(platform::read_file(file, 100).has_value());
}

TEST(MediaCommands, ARefusalAndAMissingPurposeSayWhatTheyAre) {
  AnsweringServer server;
  server.on("GET", "/api/v1/media/{id}/content", net::error_response(403, "forbidden", "role", "00ff"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run(get(server.file("p.jpg"))), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("forbidden: role"));
  EXPECT_EQ(server.run({"media", "get", "0a", "--out", server.file("p.jpg")}), kUsage);
  EXPECT_THAT(server.err(), HasSubstr("--purpose is missing"));
}

TEST(MediaCommands, ACameraIsAskedByARequest) {
  AnsweringServer server;
  server.on("POST", "/api/v1/devices/{id}/requests",
            net::json_response(202, R"({"id":"02","state":"waiting","section":"camera","action":"live","order":""})"));
  server.start();
  server.log_in();
  EXPECT_EQ(server.run({"camera", "live", "01", "seconds=60", "--reason", "to help"}), kDone) << server.err();
  EXPECT_THAT(server.out(), HasSubstr("waiting"));
  EXPECT_EQ(server.run({"camera", "snapshot", "01", "--reason", "to help"}), kDone) << server.err();
  const auto asked = server.asked();
  EXPECT_EQ(asked.at(0).body, R"({"section":"camera","action":"live","args":{"seconds":"60"},"reason":"to help"})");
  EXPECT_EQ(asked.at(1).body, R"({"section":"camera","action":"snapshot","args":{},"reason":"to help"})");
}

}  // namespace
}  // namespace kw::cli

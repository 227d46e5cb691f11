// vault file-put and file-get against a server whose answers the test gives.
#include <boost/json.hpp>

#include "cli/api/testing/answering_server.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

using testing::AnsweringServer;
using ::testing::HasSubstr;

constexpr std::size_t kPart = 704UL << 10;

Bytes content(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<Byte>(i * 131 >> 5);
  return out;
}

std::vector<std::string> file_put(const std::string& file) {
  return {"vault", "file-put", "permit", "--case", "0a", "--field", "photo", "--file", file, "--consent", "C-1"};
}

TEST(VaultFileCommands, AFileGoesInPartsThatAreItsOctetsInOrder) {
  for (const auto size : {std::size_t{0}, std::size_t{5}, kPart, kPart + 1, 2 * kPart + 100}) {
    AnsweringServer server;
    server.on("POST", "/api/v1/vault/{matter}/files",
              net::json_response(200, R"({"upload":"0b","next":1,"file":"0c","octets":5,"root":"ab"})"));
    server.start();
    server.log_in();
    const auto file = server.file("photo.jpg");
    const auto plain = content(size);
    ASSERT_TRUE(platform::write_file_durably(file, plain));
    EXPECT_EQ(server.run(file_put(file)), kDone) << server.err();
    EXPECT_THAT(server.out(), HasSubstr("ab"));
    const auto asked = server.asked();
    ASSERT_EQ(asked.size(), std::max<std::size_t>(1, (size + kPart - 1) / kPart)) << size;
    Bytes sent;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      EXPECT_EQ(asked[i].path, "/api/v1/vault/permit/files");
      EXPECT_LT(asked[i].body.size(), 1U << 20);
      const auto body = boost::json::parse(asked[i].body).as_object();
      EXPECT_EQ(body.at("purpose").as_string(), "entry");
      EXPECT_EQ(body.at("consent").as_string(), "C-1");
      EXPECT_EQ(body.at("id").as_string(), "0a");
      EXPECT_EQ(body.at("field").as_string(), "photo");
      EXPECT_EQ(body.at("part").to_number<std::size_t>(), i);
      EXPECT_EQ(body.at("last").as_bool(), i + 1 == asked.size());
      EXPECT_EQ(body.contains("upload"), i > 0);
      if (i > 0) {
        EXPECT_EQ(body.at("upload").as_string(), "0b");
      }
      append(sent, *from_base64(body.at("data_base64").as_string()));
    }
    EXPECT_EQ(sent, plain) << size;
  }
}

TEST(VaultFileCommands, ARefusedPartEndsTheUpload) {
  AnsweringServer server;
  server.on("POST", "/api/v1/vault/{matter}/files", net::error_response(404, "not_found", "case_unknown", "00ff"));
  server.start();
  server.log_in();
  const auto file = server.file("photo.jpg");
  EXPECT_EQ(server.run(file_put(file)), kFailed) << "no file";
  ASSERT_TRUE(platform::write_file_durably(file, content(2 * kPart)));
  EXPECT_EQ(server.run(file_put(file)), kFailed);
  EXPECT_THAT(server.err(), HasSubstr("case_unknown"));
  EXPECT_EQ(server.asked().size(), 1U);
  EXPECT_EQ(server.run({"vault", "file-put", "permit", "--case", "0a", "--field", "photo", "--file", file}), kUsage);
}

TEST(VaultFileCommands, ARangeBecomesAFileOfItsOwner) {
  AnsweringServer server;
  net::Response octets;
  octets.content_type = "application/octet-stream";
  octets.body = "some octets";
  server.on("GET", "/api/v1/vault/{matter}/{case}/files/{field}", octets);
  server.on("GET", "/api/v1/vault/{matter}/{case}/files/{field}/sealed", octets);
  server.on("GET", "/api/v1/vault/{matter}/{case}/files/{field}/statement", octets);
  server.start();
  server.log_in();
  const auto out = server.file("photo.jpg");
  EXPECT_EQ(server.run({"vault", "file-get", "permit", "--case", "0a", "--field", "photo", "--purpose", "listing",
                        "--consent", "C-1", "--offset", "7", "--length", "11", "--out", out}),
            kDone)
      << server.err();
  EXPECT_EQ(copy_text(*platform::read_file(out, 100)), "some octets");
  const auto asked = server.asked().at(0);
  EXPECT_EQ(asked.path, "/api/v1/vault/permit/0a/files/photo");
  EXPECT_EQ(asked.query.at("offset") + " " + asked.query.at("length"), "7 11");
  EXPECT_EQ(asked.query.at("purpose") + " " + asked.query.at("consent"), "listing C-1");
  for (const auto* word : {"file-sealed", "file-statement"})
    EXPECT_EQ(server.run({"vault", word, "permit", "--case", "0a", "--field", "photo", "--out", server.file(word)}),
              kDone)
        << server.err();
}

}  // namespace
}  // namespace kw::cli

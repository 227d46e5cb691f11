// http_over against a peer that says what the case says, over plain TCP; the connection ends after it.
#include "net/http_over.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/testing/scripted_peer.h"

namespace kw::net {
namespace {

using namespace std::chrono_literals;

Result<Response> ask(const std::string& answer, std::uint64_t most = 1000) {
  testing::ScriptedPeer peer(answer);
  asio::io_context context(1);
  Result<Response> out = fail(Errc::internal);
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        auto stream = co_await connect_plain(Target("127.0.0.1", peer.port()), in(5s));
        EXPECT_TRUE(stream);
        if (!stream) co_return;
        HttpCall call("POST", "/x");
        call.headers.emplace_back("Content-Type", "text/xml");
        call.body = "<a/>";
        call.max_answer = most;
        out = co_await http_over(**stream, "127.0.0.1", std::move(call), in(5s));
      },
      [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); });
  context.run();
  return out;
}

TEST(HttpOver, TakesAnswersWithAndWithoutALength) {
  for (const auto* answer :
       {"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 201 Created\r\n\r\nhello",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"}) {
    const auto got = ask(answer);
    ASSERT_TRUE(got.has_value()) << answer << got.error().text();
    EXPECT_EQ(got->status, 201);
    EXPECT_EQ(got->body, "hello");
  }
}

TEST(HttpOver, NoAnswerIsNoAnswer) {
  EXPECT_EQ(ask("").code(), Errc::truncated);
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Le").code(), Errc::truncated);
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel").code(), Errc::truncated);
  EXPECT_EQ(ask("SSH-2.0-x\r\n\r\n").code(), Errc::malformed);
}

TEST(HttpOver, WhatComesIsBounded) {
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'a')).code(), Errc::too_large);
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'a')).code(), Errc::too_large);
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'a') + "\r\n\r\n").code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::net

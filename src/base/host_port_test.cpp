#include "base/host_port.h"

#include <gtest/gtest.h>

namespace kw {
namespace {

TEST(HostPort, NamesAndAddresses) {
  for (const auto& [text, host, port] : {std::tuple{"platform.example:8660", "platform.example", 8660},
                                         {"198.18.20.2:1", "198.18.20.2", 1},
                                         {"[fd00::1]:65535", "fd00::1", 65535}}) {
    const auto found = parse_host_port(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->host, host);
    EXPECT_EQ(found->port, port);
  }
}

TEST(HostPort, ZeroOnlyWhereItIsAllowed) {
  EXPECT_FALSE(parse_host_port("127.0.0.1:0"));
  EXPECT_TRUE(parse_host_port("127.0.0.1:0", true));
}

TEST(HostPort, WhatIsNoneIsInvalid) {
  for (const auto* text : {"", ":", "a", "a:", ":1", "a:x", "a:1x", "a:-1", "a:65536", "fd00::1", "fd00::1:80", "[]:1", "[fd00::1]"})
    EXPECT_EQ(parse_host_port(text).code(), Errc::invalid) << text;
  EXPECT_FALSE(parse_host_port(std::string(256, 'a') + ":1"));
}

}  // namespace
}  // namespace kw

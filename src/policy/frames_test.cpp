#include "policy/frames.h"

#include <gtest/gtest.h>

namespace kw::policy {
namespace {

namespace v1 = ::kioskward::v1;

TEST(Frames, only_marked_frames_own_arp_and_listed_types_leave) {
  EXPECT_EQ(compile_frames({v1::ENFORCE, "eth0", "198.18.10.10", {0x88cc}, 0x1234abcd}),
            R"(add table inet kioskward_frames
delete table inet kioskward_frames
add table netdev kioskward_frames
delete table netdev kioskward_frames
table inet kioskward_frames {
  chain passed {
    type filter hook output priority 2147483647; policy accept;
    oifname "eth0" meta mark set 0x1234abcd
  }
}
table netdev kioskward_frames {
  counter refused { }
  chain leave {
    type filter hook egress device "eth0" priority 0; policy drop;
    meta mark 0x1234abcd accept
    arp saddr ip 198.18.10.10 accept
    ether type 0x88cc accept
    counter name refused
  }
}
)");
}
TEST(Frames, watch_counts_and_drops_nothing_and_off_removes_both_tables) {
  EXPECT_NE(compile_frames({v1::WATCH, "eth0", "", {}, 1}).find("priority 0; policy accept;"), std::string::npos);
  const auto off = compile_frames({v1::OFF, "eth0", "", {}, 1});
  EXPECT_EQ(off.find("chain"), std::string::npos);
  EXPECT_NE(off.find("delete table netdev kioskward_frames"), std::string::npos);
}

}  // namespace
}  // namespace kw::policy

#include "device/peripherals/tickets.h"

#include <gtest/gtest.h>

#include "device/peripherals/test_devices.h"

namespace kw::device {
namespace {

using namespace testing;
using std::chrono::hours;
using std::chrono::minutes;

const Timestamp kNoon = Timestamp::from_seconds(1'800'000'000);
GuardTime at(Duration passed, Duration wall = Duration(-1)) {
  return {kNoon + (wall < Duration(0) ? passed : wall), hours(50) + passed};
}
Tickets one(Duration length = hours(2)) {
  Tickets out;
  EXPECT_TRUE(out.permit(rule("t1", "0781", "5567", {"08:06:50"}), RawId{7}, kNoon + length, at({})));
  return out;
}

TEST(Tickets, end_by_either_clock) {
  auto tickets = one();
  EXPECT_TRUE(tickets.expire(at(minutes(119))).empty());
  EXPECT_EQ(tickets.expire(at(hours(2))).size(), 1U);
  EXPECT_TRUE(tickets.rules().empty());
  EXPECT_TRUE(tickets.expire(at(hours(3))).empty());  // once

  auto back = one();
  EXPECT_EQ(back.expire(at(hours(2), minutes(1))).size(), 1U);  // UTC was set back
  auto ahead = one();
  EXPECT_EQ(ahead.expire(at(minutes(1), hours(2))).size(), 1U);  // UTC was set ahead
}
TEST(Tickets, survive_a_restart_with_what_is_left) {
  const auto stored = one().save(at(minutes(90)));
  Tickets after;
  const GuardTime boot{kNoon, minutes(1)};  // steady time begins anew, UTC was set back by 90 minutes
  after.load(stored, boot);
  ASSERT_EQ(after.rules().size(), 1U);
  EXPECT_TRUE(after.expire({kNoon + minutes(29), minutes(30)}).empty());
  EXPECT_EQ(after.expire({kNoon + minutes(30), minutes(31)}).size(), 1U);
}
TEST(Tickets, what_a_store_cannot_mean_is_left_out) {
  auto stored = one().save(at({}));
  stored.mutable_tickets(0)->set_left_ns(INT64_MAX);
  *stored.add_tickets() = one().save(at({})).tickets(0);
  stored.mutable_tickets(1)->set_left_ns(-1);
  Tickets after;
  after.load(stored, at({}));
  EXPECT_TRUE(after.rules().empty());
}
TEST(Tickets, refusals) {
  auto tickets = one();
  const auto again = rule("t1", "0781", "5567", {"08:06:50"});
  const auto other = rule("t2", "0781", "5567", {"08:06:50"});
  EXPECT_EQ(tickets.permit(again, {}, kNoon + hours(1), at({})).code(), Errc::already_exists);
  EXPECT_EQ(tickets.permit(other, {}, kNoon, at({})).code(), Errc::invalid);
  EXPECT_EQ(tickets.permit(other, {}, kNoon + Tickets::kLongest + minutes(1), at({})).code(), Errc::invalid);
  for (std::size_t i = 1; i < Tickets::kMost; ++i)
    EXPECT_TRUE(
        tickets.permit(rule("x" + std::to_string(i), "0781", "5567", {"08:06:50"}), {}, kNoon + hours(1), at({})));
  EXPECT_EQ(tickets.permit(other, {}, kNoon + hours(1), at({})).code(), Errc::rate_limited);
  EXPECT_EQ(tickets.revoke("nobody").code(), Errc::not_found);
  EXPECT_EQ(tickets.revoke("t1")->order_id(), copy_text(RawId{7}));
  EXPECT_TRUE(tickets.permit(other, {}, kNoon + hours(1), at({})));
}
TEST(Tickets, what_was_caught_stays_out_until_a_later_ticket_or_a_pardon) {
  Tickets tickets;
  tickets.condemn(keyboard(), "typing");
  EXPECT_EQ(tickets.condemned(keyboard()), "typing");
  EXPECT_FALSE(tickets.condemned(keyboard("1-3")));
  auto renamed = keyboard();
  renamed.serial = "another";
  EXPECT_EQ(tickets.condemned(renamed), "typing");
  Tickets after;
  after.load(tickets.save(at({})), at({}));
  EXPECT_EQ(after.condemned(keyboard()), "typing");
  EXPECT_TRUE(after.permit(rule("k", "046d", "c31c", {"03:01:01"}), {}, kNoon + hours(1), at({})));
  EXPECT_FALSE(after.condemned(keyboard()));
  EXPECT_EQ(tickets.pardon("1-9").code(), Errc::not_found);
  EXPECT_TRUE(tickets.pardon("1-1"));
  EXPECT_FALSE(tickets.condemned(keyboard()));
}
TEST(Tickets, the_list_of_the_caught_is_bounded) {
  Tickets tickets;
  for (std::size_t i = 0; i <= Tickets::kMost; ++i) tickets.condemn(keyboard("1-" + std::to_string(i + 1)), "typing");
  EXPECT_FALSE(tickets.condemned(keyboard("1-1")));
  EXPECT_TRUE(tickets.condemned(keyboard("1-2")));
  EXPECT_EQ(tickets.save(at({})).condemned_size(), 64);
}

}  // namespace
}  // namespace kw::device

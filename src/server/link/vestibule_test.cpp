#include "server/link/vestibule.h"

#include <gtest/gtest.h>

namespace kw::server {
namespace {

struct Waiting final : ConnectedDevice {
  void nudge() override {}
  void put_out() override { ++ends; }
  int ends = 0;
};

TEST(Vestibule, PutsOutWhoHasWaitedLongest) {
  Vestibule vestibule(2);
  const auto a = std::make_shared<Waiting>(), b = std::make_shared<Waiting>(), c = std::make_shared<Waiting>();
  vestibule.enter(a);
  vestibule.enter(b);
  EXPECT_EQ(a->ends + b->ends, 0);
  vestibule.enter(c);
  EXPECT_EQ(a->ends, 1);
  EXPECT_EQ(b->ends + c->ends, 0);
  EXPECT_EQ(vestibule.waiting(), 2u);
  EXPECT_EQ(a.use_count(), 1) << "not kept";
}

TEST(Vestibule, WhoLeftMakesRoom) {
  Vestibule vestibule(2);
  const auto a = std::make_shared<Waiting>(), b = std::make_shared<Waiting>(), c = std::make_shared<Waiting>();
  vestibule.enter(a);
  vestibule.enter(b);
  vestibule.leave(a);
  vestibule.leave(a);
  vestibule.enter(c);
  EXPECT_EQ(a->ends + b->ends + c->ends, 0);
  vestibule.enter(a);
  EXPECT_EQ(b->ends, 1);
}

TEST(Vestibule, AtTheEndAllGo) {
  Vestibule vestibule(2);
  const auto a = std::make_shared<Waiting>();
  vestibule.enter(a);
  vestibule.enter(std::make_shared<Waiting>());  // gone without leaving
  vestibule.put_out_all();
  EXPECT_EQ(a->ends, 1);
  EXPECT_EQ(vestibule.waiting(), 0u);
  vestibule.leave(a);
}

}  // namespace
}  // namespace kw::server

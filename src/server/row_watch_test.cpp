#include "server/row_watch.h"

#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::Platform;

struct RowWatchTest : ::testing::Test {
  Platform p;
  RowWatch::Findings wrong;
  int accepted = 0;
  RowWatch watch{p.changes,
                 {[this] { return Result<RowWatch::Findings>(wrong); },
                  [this] {
                    ++accepted;
                    return Result<>();
                  }},
                 p.log};
};

TEST_F(RowWatchTest, TellsEachFindingOnce) {
  good(watch.look());
  EXPECT_TRUE(watch.found().empty());
  wrong = {{"users", "aa", "changed"}, {"orders", "bb", "deleted"}};
  good(watch.look());
  good(watch.look());
  EXPECT_EQ(p.count("store.row.tampered"), 2u);
  EXPECT_EQ(watch.found().size(), 2u);
  EXPECT_EQ(p.outbox().back().params().at("what"), "deleted");
}

TEST_F(RowWatchTest, WhatCouldNotBeRecordedIsToldAtTheNextLook) {
  wrong = {{"users", "aa", "changed"}};
  p.store->full = true;
  EXPECT_EQ(code(watch.look()), Errc::no_space);
  p.store->full = false;
  good(watch.look());
  EXPECT_EQ(p.count("store.row.tampered"), 1u);
}

TEST_F(RowWatchTest, TakingOverIsRecordedWithWhatAndWhy) {
  EXPECT_EQ(code(watch.accept("r", p.security)), Errc::wrong_state);
  wrong = {{"users", "aa", "changed"}};
  good(watch.look());
  p.store->full = true;
  EXPECT_EQ(code(watch.accept("restored from a backup", p.security)), Errc::no_space);
  EXPECT_EQ(accepted, 0) << "what cannot be recorded is not done";
  p.store->full = false;
  good(watch.accept("restored from a backup", p.security));
  EXPECT_EQ(accepted, 1);
  EXPECT_TRUE(watch.found().empty());
  EXPECT_EQ(p.outbox().back().type(), "store.rows.accepted");
  EXPECT_EQ(p.outbox().back().params().at("what"), "changed:users:aa");
}

}  // namespace
}  // namespace kw::server

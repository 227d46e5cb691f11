// The contract of every Store, fifth part: how far audit export is.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractExports : public StoreContract {
 protected:
  static Export target(const std::string& name) {
    Export out;
    out.name = name;
    out.profile = Bytes(32, 1);
    out.ledger = Bytes(32, 2);
    return out;
  }
};

TEST_P(StoreContractExports, ATargetIsKeptWithItsProgress) {
  good(write([&](auto& r) { return r.exports().insert(target("b")); }));
  good(write([&](auto& r) { return r.exports().insert(target("a")); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.exports().insert(target("a")); })), Errc::already_exists);
  auto changed = target("a");
  changed.cursor = 7;
  changed.open_end = 12;
  changed.paused = true;
  changed.sent = 6;
  changed.refused = 2;
  changed.told = 1;
  changed.active = false;
  changed.stall = {1, 2, 3};
  changed.stalled_since = Timestamp{5};
  changed.last_success = Timestamp{6};
  changed.last_error = "timeout";
  changed.part_limit = 8;
  changed.part_end = 40;
  changed.in_a_row = 3;
  good(write([&](auto& r) { return r.exports().update(changed); }));
  const auto got = take(read([](auto& r) { return r.exports().get("a"); }));
  EXPECT_EQ(got.cursor, 7u);
  EXPECT_EQ(got.open_end, 12u);
  EXPECT_TRUE(got.paused);
  EXPECT_FALSE(got.active);
  EXPECT_EQ(got.sent, 6u);
  EXPECT_EQ(got.refused, 2u);
  EXPECT_EQ(got.told, 1u);
  EXPECT_EQ(got.stall, (Bytes{1, 2, 3}));
  EXPECT_EQ(got.stalled_since, Timestamp{5});
  EXPECT_EQ(got.last_success, Timestamp{6});
  EXPECT_EQ(got.last_error, "timeout");
  EXPECT_EQ(got.part_limit, 8u);
  EXPECT_EQ(got.part_end, 40u);
  EXPECT_EQ(got.in_a_row, 3u);
  EXPECT_EQ(got.ledger, Bytes(32, 2));
  const auto all = take(read([](auto& r) { return r.exports().list(); }));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_FALSE(all[1].stalled_since.has_value());
  EXPECT_EQ(code(read([](auto& r) { return r.exports().get("c"); })), Errc::not_found);
  EXPECT_EQ(code(write([&](auto& r) { return r.exports().update(target("c")); })), Errc::not_found);
}

TEST_P(StoreContractExports, ARefusalIsKeptOnce) {
  good(write([&](auto& r) { return r.exports().insert(target("a")); }));
  const auto refuse = [&](std::uint64_t index, const std::string& word) {
    return take(
        write([&](auto& r) { return r.exports().refuse("a", {index, std::to_string(index), word, Timestamp{9}}); }));
  };
  EXPECT_TRUE(refuse(3, "first"));
  EXPECT_FALSE(refuse(3, "again"));
  EXPECT_TRUE(refuse(4, "other"));
  const auto all = take(read([](auto& r) { return r.exports().refusals("a", 10); }));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].index, 4u);
  EXPECT_EQ(all[1].code, "first");
  EXPECT_EQ(all[1].time, Timestamp{9});
  EXPECT_EQ(take(read([](auto& r) { return r.exports().refusals("a", 1); })).size(), 1u);
  EXPECT_EQ(code(write([&](auto& r) { return r.exports().refuse("nobody", {1, "1", "x", Timestamp{1}}); })),
            Errc::conflict);
}

TEST_P(StoreContractExports, ARefusedRecordIsAskedForAndTaken) {
  good(write([&](auto& r) { return r.exports().insert(target("a")); }));
  for (std::uint64_t i = 1; i < 4; ++i)
    take(write(
        [&](auto& r) { return r.exports().refuse("a", {i, "n" + std::to_string(i), "x", Timestamp{9}, i == 2}); }));
  EXPECT_EQ(take(read([](auto& r) { return r.exports().aside("a"); })), 3u);
  auto one = take(read([](auto& r) { return r.exports().refusal("a", "n2"); }));
  EXPECT_TRUE(one.whole);
  one.state = ExportRecordState::asked;
  good(write([&](auto& r) { return r.exports().settle("a", one); }));
  const auto asked = take(read([](auto& r) { return r.exports().asked("a", 10); }));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].index, 2u);
  one.state = ExportRecordState::taken;
  one.settled = Timestamp{12};
  good(write([&](auto& r) { return r.exports().settle("a", one); }));
  EXPECT_EQ(take(read([](auto& r) { return r.exports().aside("a"); })), 2u);
  EXPECT_EQ(take(read([](auto& r) { return r.exports().refusal("a", "n2"); })).settled, Timestamp{12});
  EXPECT_EQ(code(read([](auto& r) { return r.exports().refusal("a", "n9"); })), Errc::not_found);
  one.number = "n9";
  EXPECT_EQ(code(write([&](auto& r) { return r.exports().settle("a", one); })), Errc::not_found);
}

TEST_P(StoreContractExports, AProfileHasVersions) {
  const auto save = [&](const std::string& name, std::uint64_t version) {
    return write([&](auto& r) {
      return r.exports().save_profile(
          {name, version, "t" + std::to_string(version), Bytes(32, 1), "who", Timestamp{3}, "why"});
    });
  };
  good(save("b", 1));
  good(save("b", 2));
  good(save("a", 1));
  EXPECT_EQ(code(save("b", 2)), Errc::already_exists);
  const auto newest = take(read([](auto& r) { return r.exports().newest_profiles(); }));
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].name, "a");
  EXPECT_EQ(newest[1].version, 2u);
  EXPECT_EQ(newest[1].text, "t2");
  const auto versions = take(read([](auto& r) { return r.exports().profile_versions("b"); }));
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].version, 2u);
  EXPECT_EQ(versions[1].saved_by, "who");
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractExports, drivers(), driver_name);

}  // namespace
}  // namespace kw::store

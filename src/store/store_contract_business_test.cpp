// The contract of every Store: business sessions, and requests to back ends that are under way.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractBusiness : public StoreContract {
 protected:
  BusinessSession session(const DeviceId& device, std::int64_t began = 10) {
    BusinessSession out;
    out.id = take(BusinessSessionId::from_bytes(random_.bytes(16)));
    out.device = device;
    out.trace = take(TraceId::from_bytes(random_.bytes(16)));
    out.span = random_.bytes(8);
    out.matter = "permit";
    out.began = out.heard = Timestamp{began};
    out.identity = "city-identity";
    out.strength = "2";
    out.owner = Bytes(32, 9);
    good(write([&](auto& r) { return r.business().insert(out); }));
    return out;
  }
  BusinessSession stored(const BusinessSessionId& id) {
    return take(read([&](auto& r) { return r.business().get(id); }));
  }
};

TEST_P(StoreContractBusiness, ASessionCountsAndEndsOnce) {
  const auto device = stored_device();
  const auto made = session(device.id);
  EXPECT_EQ(code(write([&](auto& r) { return r.business().insert(made); })), Errc::already_exists);
  auto twin = made;
  twin.id = take(BusinessSessionId::from_bytes(random_.bytes(16)));
  EXPECT_EQ(code(write([&](auto& r) { return r.business().insert(twin); })), Errc::already_exists)
      << "one trace, one session";
  good(write([&](auto& r) { return r.business().note(made.id, {1, 2, 0}, Timestamp{20}); }));
  good(write([&](auto& r) { return r.business().note(made.id, {0, 1, 1}, Timestamp{15}); }));
  good(write([&](auto& r) { return r.business().end(made.id, "done", Timestamp{30}); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.business().end(made.id, "idle", Timestamp{31}); })), Errc::conflict);
  good(write([&](auto& r) { return r.business().note(made.id, {1, 0, 0}, Timestamp{32}); }));
  const auto got = stored(made.id);
  EXPECT_EQ(got.device, device.id);
  EXPECT_EQ(got.trace, made.trace);
  EXPECT_EQ(got.span, made.span);
  EXPECT_EQ(got.matter, "permit");
  EXPECT_EQ(got.steps, 2U);
  EXPECT_EQ(got.requests, 3U);
  EXPECT_EQ(got.errors, 1U);
  EXPECT_EQ(got.heard, Timestamp{32});
  EXPECT_EQ(got.ended, Timestamp{30});
  EXPECT_EQ(got.reason, "done");
  EXPECT_EQ(got.identity + got.strength, "city-identity2");
  EXPECT_EQ(got.owner, Bytes(32, 9));
  EXPECT_EQ(code(write([&](auto& r) { return r.business().note(twin.id, {1, 0, 0}, Timestamp{1}); })), Errc::not_found);
}

TEST_P(StoreContractBusiness, AMarkIsGoodOnceUntilItEnds) {
  const auto use = [&](Byte mark, std::int64_t now) {
    return write([&](auto& r) { return r.business().use_mark(Bytes(32, mark), Timestamp{now + 100}, Timestamp{now}); });
  };
  good(use(1, 10));
  EXPECT_EQ(code(use(1, 20)), Errc::already_exists);
  good(use(2, 20));
  good(use(1, 111));  // forgotten when it has ended: by then nobody takes the token
}

TEST_P(StoreContractBusiness, SessionsAreListedByDeviceOpenAndQuiet) {
  const auto first = stored_device(), second = stored_device("d2", "10.0.0.2/24");
  const auto old = session(first.id, 10), mid = session(first.id, 20), other = session(second.id, 15);
  good(write([&](auto& r) { return r.business().end(mid.id, "done", Timestamp{21}); }));
  const auto all = take(read([&](auto& r) { return r.business().of_device(first.id, 10); }));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, mid.id);
  EXPECT_EQ(take(read([&](auto& r) { return r.business().of_device(first.id, 1); })).size(), 1U);
  const auto open = take(read([&](auto& r) { return r.business().open_of(first.id); }));
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].id, old.id);
  const auto quiet = take(read([&](auto& r) { return r.business().quiet(Timestamp{15}); }));
  ASSERT_EQ(quiet.size(), 1U);
  EXPECT_EQ(quiet[0].id, old.id);
  EXPECT_EQ(take(read([&](auto& r) { return r.business().quiet(Timestamp{16}); })).size(), 2U);
  EXPECT_EQ(stored(other.id).began, Timestamp{15});
}

TEST_P(StoreContractBusiness, ARequestIsUnderWayUntilItIsAnswered) {
  const auto made = session(stored_device().id);
  const ServiceUnderWay first{random_.bytes(8), random_.bytes(8), made.id, "residence", "GET", "/a/{b}", 7,
                              Timestamp{5}};
  auto second = first;
  second.span = random_.bytes(8);
  second.began = Timestamp{4};
  good(write([&](auto& r) { return r.business().sent(first); }));
  good(write([&](auto& r) { return r.business().sent(second); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.business().sent(first); })), Errc::already_exists);
  const auto list = take(read([&](auto& r) { return r.business().under_way(); }));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].span, second.span);
  EXPECT_EQ(list[1].parent, first.parent);
  EXPECT_EQ(list[1].session, made.id);
  EXPECT_EQ(list[1].path, "/a/{b}");
  EXPECT_EQ(list[1].octets, 7U);
  good(write([&](auto& r) { return r.business().answered(first.span); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.business().answered(first.span); })), Errc::not_found);
  EXPECT_EQ(take(read([&](auto& r) { return r.business().under_way(); })).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractBusiness, drivers(), driver_name);

}  // namespace
}  // namespace kw::store

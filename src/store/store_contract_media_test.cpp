// The contract of every Store, fourth part: recordings and requests.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractMedia : public StoreContract {
 protected:
  Order order(const DeviceId& device) {
    Order out;
    out.id = id<OrderId>();
    out.device = device;
    out.kind = "section";
    out.issued = Timestamp{1};
    out.expires = Timestamp{100};
    out.section = "camera";
    out.action = "snapshot";
    good(write([&](auto& r) { return r.orders().insert(out); }));
    return out;
  }
  Media media(const DeviceId& device, std::int64_t began = 10) {
    Media out;
    out.id = order(device).id;
    out.device = device;
    out.kind = "snapshot";
    out.content_type = "image/jpeg";
    out.asked_by = "alice";
    out.purpose = "用途";
    out.taken = Timestamp{3};
    out.began = out.heard = Timestamp{began};
    out.key = {1, 2, 3};
    good(write([&](auto& r) { return r.media().insert(out); }));
    return out;
  }
  Request request(const DeviceId& device, std::int64_t expires = 100) {
    Request out;
    out.id = id<RequestId>();
    out.device = device;
    out.section = "camera";
    out.action = "live";
    out.args = {{"seconds", "60"}};
    out.reason = "why";
    out.asked_by = "alice";
    out.asked_person = "staff-1";
    out.asked = Timestamp{5};
    out.expires = Timestamp{expires};
    good(write([&](auto& r) { return r.requests().insert(out); }));
    return out;
  }
  Result<> decide(Request r, RequestState state) {
    r.state = state;
    r.decided = Timestamp{9};
    r.decided_by = "bob";
    r.decision = "seen";
    r.order = id<OrderId>();
    return write([&](auto& repositories) { return repositories.requests().decide(r); });
  }
};

TEST_P(StoreContractMedia, ARecordingIsKeptWithWhatBecameOfIt) {
  const auto device = stored_device();
  auto row = media(device.id);
  EXPECT_EQ(code(write([&](auto& r) { return r.media().insert(row); })), Errc::already_exists);
  row.state = MediaState::complete;
  row.pieces = 3;
  row.octets = 700;
  row.stored = 800;
  row.digest = Bytes(32, 9);
  row.heard = Timestamp{12};
  EXPECT_TRUE(take(read([&](auto& r) { return r.media().unsealed(); })).empty());
  good(write([&](auto& r) { return r.media().update(row); }));
  const auto got = take(read([&](auto& r) { return r.media().get(row.id); }));
  EXPECT_EQ(got.state, MediaState::complete);
  EXPECT_EQ(got.pieces, 3u);
  EXPECT_EQ(got.octets, 700u);
  EXPECT_EQ(got.digest, row.digest);
  EXPECT_EQ(got.key, row.key);
  EXPECT_EQ(got.purpose, "用途");
  EXPECT_EQ(got.heard, Timestamp{12});
  const auto unsealed = take(read([&](auto& r) { return r.media().unsealed(); }));
  ASSERT_EQ(unsealed.size(), 1u);
  EXPECT_EQ(unsealed[0].id, row.id);
  row.statement = {4, 5};
  good(write([&](auto& r) { return r.media().update(row); }));
  EXPECT_EQ(take(read([&](auto& r) { return r.media().get(row.id); })).statement, row.statement);
  EXPECT_TRUE(take(read([&](auto& r) { return r.media().unsealed(); })).empty());
  const auto newer = media(device.id);
  const auto list = take(read([&](auto& r) { return r.media().of_device(device.id); }));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].id, newer.id);
  auto nobody = row;
  nobody.id = id<OrderId>();
  EXPECT_EQ(code(write([&](auto& r) { return r.media().update(nobody); })), Errc::not_found);
  EXPECT_EQ(code(write([&](auto& r) { return r.media().insert(nobody); })), Errc::conflict) << "of no order";
}

TEST_P(StoreContractMedia, RoomAndAgeAreCounted) {
  const auto one = stored_device("d1", "10.0.0.1/24"), two = stored_device("d2", "10.0.0.2/24");
  auto old = media(one.id, 10), young = media(one.id, 50), other = media(two.id, 20);
  for (auto* row : {&old, &young, &other}) {
    row->stored = 100;
    good(write([&](auto& r) { return r.media().update(*row); }));
  }
  const auto sizes = take(read([&](auto& r) { return r.media().sizes(one.id); }));
  EXPECT_EQ(sizes.of_device, 200u);
  EXPECT_EQ(sizes.in_all, 300u);
  const auto expired = take(read([&](auto& r) { return r.media().expired(Timestamp{20}); }));
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].id, old.id);
  EXPECT_EQ(take(read([&](auto& r) { return r.media().stale(Timestamp{20}); })).size(), 2u);
  old.stored = 0;
  old.state = MediaState::removed;
  old.key.clear();
  good(write([&](auto& r) { return r.media().update(old); }));
  EXPECT_TRUE(take(read([&](auto& r) { return r.media().expired(Timestamp{20}); })).empty());
  EXPECT_EQ(take(read([&](auto& r) { return r.media().stale(Timestamp{20}); })).size(), 1u);
}

TEST_P(StoreContractMedia, ARequestIsDecidedOnce) {
  const auto device = stored_device();
  const auto first = request(device.id), second = request(device.id, 8);
  EXPECT_EQ(take(read([&](auto& r) { return r.requests().waiting_of(device.id); })), 2u);
  good(decide(first, RequestState::approved));
  EXPECT_EQ(code(decide(first, RequestState::rejected)), Errc::conflict);
  const auto got = take(read([&](auto& r) { return r.requests().get(first.id); }));
  EXPECT_EQ(got.state, RequestState::approved);
  EXPECT_EQ(got.device_name, "d1");
  EXPECT_EQ(got.args.at("seconds"), "60");
  EXPECT_EQ(got.asked_person, "staff-1");
  EXPECT_EQ(got.decided_by, "bob");
  EXPECT_FALSE(got.order.is_nil());
  const auto of_order = [&](const DeviceId& whose, const OrderId& order) {
    return read([&](auto& r) { return r.requests().of_order(whose, order); });
  };
  EXPECT_EQ(take(of_order(device.id, got.order)).id, first.id);
  EXPECT_EQ(code(of_order(device.id, id<OrderId>())), Errc::not_found);
  EXPECT_EQ(code(of_order(id<DeviceId>(), got.order)), Errc::not_found);
  const auto lapsed = take(read([&](auto& r) { return r.requests().lapsed(Timestamp{8}); }));
  ASSERT_EQ(lapsed.size(), 1u);
  EXPECT_EQ(lapsed[0].id, second.id);
  EXPECT_TRUE(lapsed[0].order.is_nil());
  EXPECT_EQ(
      take(read([&](auto& r) { return r.requests().page({.state = RequestState::waiting, .device = {}}); })).size(),
      1u);
  EXPECT_EQ(take(read([&](auto& r) { return r.requests().page({.state = {}, .device = device.id}); }))[0].id,
            second.id);
  EXPECT_TRUE(take(read([&](auto& r) { return r.requests().page({.state = {}, .device = id<DeviceId>()}); })).empty());
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractMedia, drivers(), driver_name);

}  // namespace
}  // namespace kw::store

// The contract of every Store, fifth part: extracts of the audit.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractExtracts : public StoreContract {};

TEST_P(StoreContractExtracts, AnExtractIsKeptAndItsFileForgottenInTime) {
  EXPECT_EQ(take(write([](auto& r) { return r.extracts().take_number(); })), 1u);
  Extract one;
  one.id = id<ExtractId>();
  one.number = 1;
  one.account = "auditor";
  one.purpose = "用途";
  one.filter = "type=x";
  one.form = "csv";
  one.made = Timestamp{5};
  one.expires = Timestamp{10};
  one.entries = 3;
  one.octets = 400;
  one.digest = Bytes(32, 1);
  good(write([&](auto& r) { return r.extracts().insert(one); }));
  EXPECT_EQ(take(write([](auto& r) { return r.extracts().take_number(); })), 2u);
  auto other = one;
  other.id = id<ExtractId>();
  EXPECT_EQ(code(write([&](auto& r) { return r.extracts().insert(other); })), Errc::already_exists) << "one number once";
  other.number = 2;
  other.expires = Timestamp{100};
  good(write([&](auto& r) { return r.extracts().insert(other); }));
  const auto got = take(read([&](auto& r) { return r.extracts().get(one.id); }));
  EXPECT_EQ(got.purpose, one.purpose);
  EXPECT_EQ(got.digest, one.digest);
  EXPECT_EQ(got.entries, 3u);
  EXPECT_EQ(take(read([](auto& r) { return r.extracts().list(); })).at(0).number, 2u);
  const auto old = take(read([](auto& r) { return r.extracts().expired(Timestamp{10}); }));
  ASSERT_EQ(old.size(), 1u);
  good(write([&](auto& r) { return r.extracts().remove(old[0].id); }));
  EXPECT_TRUE(take(read([](auto& r) { return r.extracts().expired(Timestamp{10}); })).empty());
  EXPECT_TRUE(take(read([&](auto& r) { return r.extracts().get(one.id); })).removed);
  EXPECT_EQ(code(write([&](auto& r) { return r.extracts().remove(id<ExtractId>()); })), Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractExtracts, drivers(), driver_name);

}  // namespace
}  // namespace kw::store

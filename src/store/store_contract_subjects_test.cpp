// The contract of every Store, sixth part: natural persons, and how they are forgotten.
#include <fstream>

#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractSubjects : public StoreContract {
 protected:
  Subject subject(const Bytes& identity) {
    Subject out;
    out.id = id<SubjectId>();
    out.identity = identity;
    out.created = Timestamp{5};
    good(write([&](auto& r) { return r.subjects().insert(out, key_of(out.id), {Bytes{1}, Bytes{2}}); }));
    return out;
  }
  SubjectKey key_of(const SubjectId& subject) {
    return {id<SubjectKeyId>(), subject, copy(bytes_of("wrapped-" + subject.text())), "about-" + subject.text()};
  }
  /// Whether some file of the store holds these octets.
  bool on_disk(const std::string& octets) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(dir_)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      const std::string all(std::istreambuf_iterator<char>(in), {});
      if (all.find(octets) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_P(StoreContractSubjects, ArePeopleWithAKeyWhoAreFoundByWhatIsKnown) {
  const auto one = subject({9});
  EXPECT_EQ(code(write([&](auto& r) {
              auto again = one;
              again.id = id<SubjectId>();
              return r.subjects().insert(again, key_of(again.id), {});
            })),
            Errc::already_exists)
      << "one identity once";
  const auto other = subject({8});
  EXPECT_EQ(take(read([](auto& r) { return r.subjects().by_identity(Bytes{9}); })).id, one.id);
  EXPECT_EQ(code(read([](auto& r) { return r.subjects().by_identity(Bytes{7}); })), Errc::not_found);
  EXPECT_EQ(take(read([](auto& r) { return r.subjects().by_handle(Bytes{2}); })).size(), 2u) << "two may have one name";
  EXPECT_TRUE(take(read([](auto& r) { return r.subjects().by_handle(Bytes{9}); })).empty());
  EXPECT_EQ(take(read([&](auto& r) { return r.subjects().key(one.id); })).about, "about-" + one.id.text());
  const auto all = take(read([](auto& r) { return r.subjects().list(1, std::nullopt); }));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].id, other.id) << "newest first";
  EXPECT_EQ(take(read([&](auto& r) { return r.subjects().list(5, other.id); })).at(0).id, one.id);
}

TEST_P(StoreContractSubjects, AreSpokenOfInEntries) {
  const auto one = subject({9});
  good(write([&](auto& r) -> Result<> {
    KW_CHECK(r.subjects().note_entry(one.id, 4));
    KW_CHECK(r.subjects().note_entry(one.id, 7));
    return r.subjects().note_entry(one.id, 4);
  }));
  EXPECT_EQ(take(read([&](auto& r) { return r.subjects().get(one.id); })).entries, 2u);
  EXPECT_EQ(take(read([&](auto& r) { return r.subjects().entries(one.id, 10); })), (std::vector<std::uint64_t>{7, 4}));
  EXPECT_EQ(take(read([&](auto& r) { return r.subjects().entries(one.id, 1); })), (std::vector<std::uint64_t>{7}));
}

TEST_P(StoreContractSubjects, AreForgottenForGood) {
  const auto one = subject({9});
  const auto other = subject({8});
  const auto wrapped = "wrapped-" + one.id.text();
  if (GetParam().name == "file") {
    ASSERT_TRUE(on_disk(wrapped)) << "or the search below proves nothing";
  }
  good(write([&](auto& r) { return r.subjects().forget(one.id, Timestamp{50}); }));
  good(store_->scrub());
  EXPECT_FALSE(on_disk(wrapped));
  EXPECT_FALSE(on_disk("about-" + one.id.text()));
  const auto got = take(read([&](auto& r) { return r.subjects().get(one.id); }));
  EXPECT_EQ(got.forgotten, Timestamp{50});
  EXPECT_TRUE(got.identity.empty());
  EXPECT_EQ(code(read([&](auto& r) { return r.subjects().key(one.id); })), Errc::not_found);
  EXPECT_EQ(code(read([](auto& r) { return r.subjects().by_identity(Bytes{9}); })), Errc::not_found);
  EXPECT_EQ(take(read([](auto& r) { return r.subjects().by_handle(Bytes{2}); })).size(), 1u);
  EXPECT_EQ(code(write([&](auto& r) { return r.subjects().forget(one.id, Timestamp{51}); })), Errc::conflict);
  good(read([&](auto& r) -> Result<> {
    KW_CHECK(r.subjects().key(other.id));
    return {};
  }));
  subject({9});  // the same person comes again: somebody new
}

TEST_P(StoreContractSubjects, LeaveDevicesAccountsAndRequests) {
  const auto kiosk = stored_device();
  EXPECT_EQ(take(read([](auto& r) { return r.devices().custodies(); })).at(0).custodian, "李四");
  good(write([&](auto& r) { return r.devices().set_custodian(kiosk.id, "", ""); }));
  EXPECT_TRUE(take(read([](auto& r) { return r.devices().custodies(); })).empty());
  EXPECT_EQ(code(write([&](auto& r) { return r.devices().set_custodian(id<DeviceId>(), "", ""); })), Errc::not_found);

  auto who = user("auditor", "A-1");
  who.display_name = "王五";
  who.password_hash = "hash";
  good(write([&](auto& r) { return r.users().insert(who); }));
  ApiToken token;
  token.id = id<ApiTokenId>();
  token.secret_hash = {1};
  token.person = "A-1";
  good(write([&](auto& r) { return r.api_tokens().insert(token); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.users().forget(who.id, "person-1"); })), Errc::wrong_state);
  who.state = UserState::disabled;
  good(write([&](auto& r) -> Result<> {
    KW_CHECK(r.users().update(who));
    return r.users().forget(who.id, "person-1");
  }));
  const auto left = take(read([&](auto& r) { return r.users().get(who.id); }));
  EXPECT_EQ(left.display_name + left.password_hash, "");
  EXPECT_EQ(left.person, "person-1");
  EXPECT_EQ(left.account, "auditor");
  EXPECT_EQ(take(read([&](auto& r) { return r.api_tokens().get(token.id); })).person, "person-1");

  Request asked;
  asked.id = id<RequestId>();
  asked.operation = "createUser";
  asked.body = R"({"display_name":"王五"})";
  asked.args = {{"display_name", "王五"}, {"role", "audit"}};
  asked.asked_person = "A-1";
  good(write([&](auto& r) { return r.requests().insert(asked); }));
  EXPECT_EQ(take(read([](auto& r) { return r.requests().naming({"王五", "A-1"}); })), 1u);
  EXPECT_EQ(take(read([](auto& r) { return r.requests().naming({"王"}); })), 0u) << "whole words only";
  good(write([](auto& r) { return r.requests().forget({"王五"}, "", ""); }));
  EXPECT_FALSE(take(read([&](auto& r) { return r.requests().get(asked.id); })).body.empty()) << "it waits still";
  asked.state = RequestState::rejected;
  good(write([&](auto& r) -> Result<> {
    KW_CHECK(r.requests().decide(asked));
    return r.requests().forget({"王五"}, "A-1", "person-1");
  }));
  const auto decided = take(read([&](auto& r) { return r.requests().get(asked.id); }));
  EXPECT_TRUE(decided.body.empty());
  EXPECT_TRUE(decided.args.empty());
  EXPECT_EQ(decided.asked_person, "person-1");
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractSubjects, drivers(), driver_name);

}  // namespace
}  // namespace kw::store

// The contract of every Store, third part: baselines that kiosks propose. The drivers stand in store_contract_test.cpp.
#include "store/testing/contract.h"

namespace kw::store {
namespace {

/// What the cases do with baselines, in one line each.
struct Shelf {
  Store& store;
  Baseline proposal(const DeviceId& device, const BaselineId& id, Byte content,
                    const std::string& section = "programs") {
    Baseline out;
    out.id = id;
    out.device = device;
    out.section = section;
    out.content = Bytes(3, content);
    out.digest = Bytes(32, content);
    out.proposed = Timestamp{7};
    return out;
  }
  bool propose(const Baseline& b) {
    return take(store.write([&](auto& r) { return r.baselines().propose(b); }));
  }
  Result<> decide(Baseline b, BaselineState state, std::uint64_t revision) {
    b.state = state;
    b.revision = revision;
    b.decided = Timestamp{9};
    b.decided_by = "secadmin";
    b.reason = "why";
    if (state == BaselineState::approved) b.signed_octets = {4, 5};
    return store.write([&](auto& r) { return r.baselines().decide(b); });
  }
  bool report(const Baseline& b, std::uint64_t revision, const std::string& outcome) {
    return take(
        store.write([&](auto& r) { return r.baselines().report(b.device, b.section, revision, outcome, "r"); }));
  }
  std::vector<BaselineId> to_deliver(const DeviceId& device) {
    return take(store.read([&](auto& r) { return r.baselines().to_deliver(device); }));
  }
  Result<Baseline> get(const BaselineId& id) {
    return store.read([&](auto& r) { return r.baselines().get(id); });
  }
  std::uint64_t newest(const DeviceId& device) {
    return take(store.read([&](auto& r) { return r.baselines().newest_revision(device, "programs"); }));
  }
};

TEST_P(StoreContract, TheNewestProposalOfASectionTakesThePlaceOfTheOneThatWaits) {
  Shelf shelf{*store_};
  const auto d = stored_device(), other = stored_device("d2", "10.0.0.2/24");
  const auto first = shelf.proposal(d.id, id<BaselineId>(), 1), second = shelf.proposal(d.id, id<BaselineId>(), 2),
             hardware = shelf.proposal(d.id, id<BaselineId>(), 1, "hardware");
  EXPECT_TRUE(shelf.propose(first));
  EXPECT_FALSE(shelf.propose(shelf.proposal(d.id, id<BaselineId>(), 1))) << "the same content waits already";
  EXPECT_TRUE(shelf.propose(second));
  EXPECT_TRUE(shelf.propose(hardware));
  EXPECT_TRUE(shelf.propose(shelf.proposal(other.id, id<BaselineId>(), 1)));
  const auto list = take(read([&](auto& r) { return r.baselines().of_device(d.id); }));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].id, hardware.id);
  EXPECT_EQ(list[1].id, second.id);
  EXPECT_TRUE(list[1].content.empty()) << "lists carry no content";
  EXPECT_EQ(list[1].size, 3u);
  EXPECT_EQ(code(shelf.get(first.id)), Errc::not_found);
  const auto whole = take(shelf.get(second.id));
  EXPECT_EQ(whole.content, second.content);
  EXPECT_EQ(whole.digest, second.digest);
  EXPECT_FALSE(whole.decided.has_value());
  const auto nowhere = shelf.proposal(id<DeviceId>(), id<BaselineId>(), 1);
  EXPECT_EQ(code(write([&](auto& r) { return r.baselines().propose(nowhere); })), Errc::conflict) << "no such device";
}

TEST_P(StoreContract, DevicesWithAProposalThatWaitsAreFound) {
  Shelf shelf{*store_};
  const auto d = stored_device(), gone = stored_device("d2", "10.0.0.2/24");
  stored_device("d3", "10.0.0.3/24");
  const auto waiting = [&] {
    return take(read([](auto& r) {
      DeviceQuery query;
      query.baseline_waiting = true;
      return r.devices().page(query);
    }));
  };
  EXPECT_EQ(waiting().total, 0u);
  const auto one = shelf.proposal(d.id, id<BaselineId>(), 1),
             two = shelf.proposal(d.id, id<BaselineId>(), 1, "hardware");
  for (const auto& b : {one, two, shelf.proposal(gone.id, id<BaselineId>(), 1)}) EXPECT_TRUE(shelf.propose(b));
  good(write([&](auto& r) { return r.devices().disable(gone.id); }));
  ASSERT_EQ(waiting().total, 1u) << "a device counts once, a disabled one not at all";
  EXPECT_EQ(waiting().items.at(0).id, d.id);
  good(shelf.decide(one, BaselineState::approved, 1));
  EXPECT_EQ(waiting().total, 1u);
  good(shelf.decide(two, BaselineState::rejected, 0));
  EXPECT_EQ(waiting().total, 0u);
}

TEST_P(StoreContract, AProposalIsDecidedOnceAndRevisionsAreUnique) {
  Shelf shelf{*store_};
  const auto d = stored_device();
  const auto first = shelf.proposal(d.id, id<BaselineId>(), 1), second = shelf.proposal(d.id, id<BaselineId>(), 2);
  EXPECT_TRUE(shelf.propose(first));
  EXPECT_EQ(shelf.newest(d.id), 0u);
  good(shelf.decide(first, BaselineState::approved, 1));
  EXPECT_EQ(code(shelf.decide(first, BaselineState::rejected, 0)), Errc::conflict);
  EXPECT_EQ(shelf.newest(d.id), 1u);
  EXPECT_FALSE(shelf.propose(shelf.proposal(d.id, id<BaselineId>(), 1))) << "it is approved already";
  EXPECT_TRUE(shelf.propose(second));
  EXPECT_EQ(code(shelf.decide(second, BaselineState::approved, 1)), Errc::already_exists) << "the revision is taken";
  good(shelf.decide(second, BaselineState::rejected, 0));
  EXPECT_TRUE(shelf.propose(shelf.proposal(d.id, id<BaselineId>(), 2))) << "rejected content may be proposed again";
  const auto whole = take(shelf.get(second.id));
  EXPECT_EQ(whole.state, BaselineState::rejected);
  EXPECT_EQ(whole.decided->unix_ns, 9);
  EXPECT_EQ(whole.decided_by, "secadmin");
  EXPECT_EQ(whole.reason, "why");
}

TEST_P(StoreContract, TheNewestApprovedOneIsDeliveredUntilTheKioskHasReportedIt) {
  Shelf shelf{*store_};
  const auto d = stored_device();
  const auto first = shelf.proposal(d.id, id<BaselineId>(), 1), second = shelf.proposal(d.id, id<BaselineId>(), 2);
  EXPECT_TRUE(shelf.propose(first));
  EXPECT_TRUE(shelf.to_deliver(d.id).empty()) << "a proposal is not";
  good(shelf.decide(first, BaselineState::approved, 1));
  EXPECT_EQ(shelf.to_deliver(d.id), std::vector{first.id});
  EXPECT_EQ(take(shelf.get(first.id)).signed_octets, (Bytes{4, 5}));
  EXPECT_TRUE(shelf.propose(second));
  good(shelf.decide(second, BaselineState::approved, 2));
  EXPECT_EQ(shelf.to_deliver(d.id), std::vector{second.id}) << "the older one is not delivered any more";
  EXPECT_TRUE(shelf.report(second, 2, "failed"));
  EXPECT_EQ(shelf.to_deliver(d.id), std::vector{second.id}) << "it could not be stored there: again";
  EXPECT_TRUE(shelf.report(second, 2, "applied"));
  EXPECT_TRUE(shelf.to_deliver(d.id).empty());
  EXPECT_FALSE(shelf.report(second, 3, "applied")) << "no such revision";
  const auto whole = take(shelf.get(second.id));
  EXPECT_EQ(whole.outcome, "applied");
  EXPECT_EQ(whole.outcome_reason, "r");
}

}  // namespace
}  // namespace kw::store

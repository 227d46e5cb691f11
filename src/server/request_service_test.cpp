#include "server/request_service.h"

#include "pki/signed.h"
#include "schema/codec.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::Platform;
using testing::take;

/// A platform with one kiosk and several persons; policy wants a second one where the test says so.
struct Asking : Platform {
  crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
  DeviceId device = approved(key);
  Principal asker = person("alice", "staff-1"), second = person("bob", "staff-2");

  static Principal person(const std::string& account, const std::string& staff) {
    Principal out;
    out.account = account;
    out.person = staff;
    out.role = "security";
    return out;
  }
  void want(const std::string& defence) {
    store::Policy policy;
    policy.revision = ++revision;
    policy.published = clock.now();
    policy.digest = Bytes(32);
    policy.template_json = "{}";
    policy.defence_json = defence;
    good(store->write([&](auto& r) { return r.policies().insert(policy); }));
  }
  Result<store::Request> ask(const std::string& action = "live",
                             const std::map<std::string, std::string>& args = {{"seconds", "60"}}) {
    clock.advance(1s);
    v1::Order wanted;
    wanted.set_section("camera");
    wanted.set_action(action);
    for (const auto& [name, value] : args) (*wanted.mutable_args())[name] = value;
    return requests.ask(device, wanted, "a case", asker, "");
  }
  v1::Order signed_order(const OrderId& id) {
    const auto row = take(store->read([&](auto& r) { return r.orders().get(id); }));
    const auto object = take(schema::parse<v1::Signed>(row.signed_octets, 1U << 20));
    good(pki::verify_object(object, "order", testing::test_keys().command_key().public_key()));
    return take(schema::parse<v1::Order>(bytes_of(object.payload()), 1U << 16));
  }
  std::uint64_t revision = 0;
};

constexpr auto kTwoPersons = R"({"camera":{"mode":"enforce","two_persons":true}})";

TEST(Requests, OnePersonIsEnoughWherePolicyDoesNotSayOtherwise) {
  Asking p;
  for (const auto* defence : {R"({})", R"({"camera":{"mode":"enforce"}})", R"({"camera":{"two_persons":false}})"}) {
    p.want(defence);
    const auto done = take(p.ask());
    EXPECT_EQ(done.state, store::RequestState::approved);
    EXPECT_EQ(done.decided_by, "");
    EXPECT_EQ(p.signed_order(done.order).person(), "alice");
  }
  EXPECT_EQ(p.count("device.action.ordered"), 3u);
  EXPECT_EQ(p.count("device.action.requested"), 0u);
}

TEST(Requests, ARecordingThatTwoPersonsAskedForNamesTheOneWhoAsked) {
  Asking p;
  p.want(kTwoPersons);
  const auto answer = [&](const std::string& kind, const std::map<std::string, std::string>& args) {
    const auto done = take(p.requests.approve(take(p.ask(kind, args)).id, "seen", p.second, ""));
    v1::Media piece;
    piece.set_order_id(copy_text(done.order.bytes()));
    piece.set_section("camera");
    piece.set_kind(kind);
    piece.set_data("\xff\xd8\xff\xe0 a picture");
    EXPECT_EQ(take(p.media.take(p.device, piece)).outcome(), "taken") << kind;
    const auto row = take(p.media.get(done.order));
    EXPECT_EQ(row.asked_by, "alice") << kind;
    EXPECT_EQ(row.purpose, "a case") << kind;
  };
  answer("live", {{"seconds", "60"}});
  answer("clip", {{"from", "2026-11-01T10:00:00Z"}, {"until", "2026-11-01T10:00:10Z"}});
  const auto unseen = take(p.requests.approve(take(p.ask()).id, "seen", p.second, ""));
  good(p.media.end(unseen.order, "over", p.security));
  EXPECT_EQ(take(p.media.get(unseen.order)).asked_by, "alice") << "ended before its first picture";
}

TEST(Requests, AnotherPersonApprovesAndThereIsAnOrderInTheNameOfEach) {
  Asking p;
  p.want(kTwoPersons);
  const auto waiting = take(p.ask());
  EXPECT_EQ(waiting.state, store::RequestState::waiting);
  EXPECT_TRUE(waiting.order.is_nil());
  EXPECT_TRUE(take(p.store->read([&](auto& r) { return r.orders().of_device(p.device); })).empty());
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.asker, "")), Errc::forbidden) << "not oneself";
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", Asking::person("alice2", "staff-1"), "")), Errc::forbidden)
      << "nor under another account";
  const auto done = take(p.requests.approve(waiting.id, "seen", p.second, ""));
  EXPECT_EQ(done.state, store::RequestState::approved);
  EXPECT_EQ(done.decided_by, "bob");
  const auto pushed = take(p.store->read([&](auto& r) { return r.orders().waiting(p.device, p.clock.now()); }));
  ASSERT_EQ(pushed.size(), 2u);
  EXPECT_EQ(p.signed_order(pushed[0].id).person(), "alice") << "the first to be delivered";
  EXPECT_EQ(pushed[1].id, done.order) << "the one that is answered";
  const auto order = p.signed_order(done.order);
  EXPECT_EQ(order.person(), "bob");
  EXPECT_EQ(order.action(), "live");
  EXPECT_EQ(order.args().at("seconds"), "60");
  EXPECT_EQ(p.count("device.action.requested"), 1u);
  EXPECT_EQ(p.count("device.action.approved"), 1u);
  EXPECT_EQ(p.count("device.action.ordered"), 2u);
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.second, "")), Errc::wrong_state) << "once";
  EXPECT_EQ(code(p.requests.reject(waiting.id, "r", p.second, "")), Errc::wrong_state);
}

TEST(Requests, ARequestIsRejectedOrTakenBack) {
  Asking p;
  p.want(kTwoPersons);
  const auto first = take(p.ask()), other = take(p.ask());
  EXPECT_EQ(take(p.requests.reject(first.id, "no", p.second, "")).state, store::RequestState::rejected);
  EXPECT_EQ(take(p.requests.reject(other.id, "not needed", p.asker, "")).decided_by, "alice");
  EXPECT_EQ(code(p.requests.approve(first.id, "r", p.second, "")), Errc::wrong_state);
  EXPECT_EQ(p.count("device.action.rejected"), 2u);
  EXPECT_EQ(p.count("device.action.ordered"), 0u);
}

TEST(Requests, ARequestLapses) {
  Asking p;
  p.want(kTwoPersons);
  const auto waiting = take(p.ask());
  p.clock.advance(RequestService::kValidity - 1s);
  good(p.requests.tick());
  EXPECT_EQ(take(p.requests.get(waiting.id)).state, store::RequestState::waiting);
  p.clock.advance(1s);
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.second, "")), Errc::wrong_state) << "before anybody has looked";
  good(p.requests.tick());
  good(p.requests.tick());
  EXPECT_EQ(take(p.requests.get(waiting.id)).state, store::RequestState::lapsed);
  EXPECT_EQ(p.count("device.action.lapsed"), 1u);
}

TEST(Requests, WhatCannotBeDoneIsNotAskedFor) {
  Asking p;
  p.want(kTwoPersons);
  EXPECT_EQ(code(p.ask("dance", {})), Errc::invalid);
  EXPECT_EQ(code(p.ask("live", {{"minutes", "1"}})), Errc::invalid);
  for (std::uint64_t i = 0; i < RequestService::kMostWaiting; ++i) take(p.ask());
  EXPECT_EQ(code(p.ask()), Errc::wrong_state) << "too many wait";
  EXPECT_EQ(take(p.ask("stop", {})).state, store::RequestState::approved) << "stopping takes one person";
  take(p.devices.disable(p.device, "r", p.security));
  EXPECT_EQ(code(p.ask("stop", {})), Errc::wrong_state);
}

TEST(Requests, ADeviceThatWasDisabledMeanwhileGetsNoOrder) {
  Asking p;
  p.want(kTwoPersons);
  const auto waiting = take(p.ask());
  take(p.devices.disable(p.device, "r", p.security));
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.second, "")), Errc::wrong_state);
}

TEST(Requests, APictureTakesOnePersonAsTheKioskHasIt) {
  Asking p;
  p.want(kTwoPersons);
  EXPECT_EQ(take(p.ask("snapshot", {})).state, store::RequestState::approved);
  EXPECT_EQ(take(p.ask("clip", {{"from", "a"}, {"until", "b"}})).state, store::RequestState::waiting);
}

/// Operations that are held for a second person, and what the platform then does.
struct Holding : Asking {
  std::vector<std::string> performed;
  Result<> answer{};
  Holding() {
    requests.set_perform([this](const store::Request& request, const std::string&) {
      performed.push_back(request.operation + " " + request.subject + " " + request.body);
      return answer;
    });
  }
  Result<store::Request> hold(const std::string& operation, std::map<std::string, std::string> words = {}) {
    return requests.hold({operation, "s", "{}", std::move(words), "why"}, {}, asker, "");
  }
};

TEST(HeldRequests, WhatIsApprovedIsDoneOnceInTheNameOfWhoAsked) {
  Holding p;
  const auto waiting = take(p.hold("publishPolicy", {{"base_revision", "1"}}));
  EXPECT_EQ(waiting.state, store::RequestState::waiting);
  EXPECT_TRUE(p.performed.empty());
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.asker, "")), Errc::forbidden);
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", Asking::person("alice2", "staff-1"), "")), Errc::forbidden);
  const auto done = take(p.requests.approve(waiting.id, "seen", p.second, ""));
  EXPECT_EQ(done.outcome, "done");
  EXPECT_EQ(p.performed, (std::vector<std::string>{"publishPolicy s {}"}));
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.second, "")), Errc::wrong_state) << "once";
  EXPECT_EQ(p.performed.size(), 1u);
  EXPECT_EQ(p.count("request.asked"), 1u);
  EXPECT_EQ(p.count("request.approved"), 1u);
  EXPECT_EQ(p.count("request.done"), 1u);
}

TEST(HeldRequests, WhatFailsSaysSoAndIsNotTriedAgain) {
  Holding p;
  p.answer = fail(Errc::conflict, "a newer revision exists");
  const auto waiting = take(p.hold("publishPolicy"));
  const auto failed = take(p.requests.approve(waiting.id, "seen", p.second, ""));
  EXPECT_EQ(failed.outcome, "conflict: a newer revision exists");
  EXPECT_EQ(take(p.requests.get(waiting.id)).outcome, failed.outcome);
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.second, "")), Errc::wrong_state);
}

TEST(HeldRequests, NobodyApprovesWhatIsAboutHimself) {
  Holding p;
  const auto waiting = take(p.hold("createUser", {{"person", "staff-2"}}));
  EXPECT_EQ(code(p.requests.approve(waiting.id, "r", p.second, "")), Errc::forbidden);
  EXPECT_EQ(take(p.requests.approve(waiting.id, "r", Asking::person("carol", "staff-3"), "")).outcome, "done");
}

TEST(HeldRequests, AGrantIsForWhoAskedForThatThingAndOnce) {
  Holding p;
  const auto waiting = take(p.hold("getMediaContent"));
  const auto grant = [&](const Principal& who, const std::string& subject = "s") {
    return take(p.requests.take_grant(who, "getMediaContent", subject, ""));
  };
  EXPECT_FALSE(grant(p.asker)) << "nobody has approved";
  EXPECT_EQ(take(p.requests.approve(waiting.id, "seen", p.second, "")).outcome, "");
  EXPECT_TRUE(p.performed.empty()) << "who asked does it";
  EXPECT_FALSE(grant(p.second));
  EXPECT_FALSE(grant(p.asker, "another"));
  EXPECT_TRUE(grant(p.asker));
  EXPECT_FALSE(grant(p.asker)) << "once";
  const auto late = take(p.hold("getMediaContent"));
  take(p.requests.approve(late.id, "seen", p.second, ""));
  p.clock.advance(RequestService::kValidity);
  EXPECT_FALSE(grant(p.asker)) << "an hour later";
}

TEST(HeldRequests, LapseAfterADayAndAreBounded) {
  Holding p;
  const auto waiting = take(p.hold("publishPolicy"));
  p.clock.advance(RequestService::kHeld - 1s);
  good(p.requests.tick());
  EXPECT_EQ(take(p.requests.get(waiting.id)).state, store::RequestState::waiting);
  p.clock.advance(1s);
  good(p.requests.tick());
  EXPECT_EQ(take(p.requests.get(waiting.id)).state, store::RequestState::lapsed);
  EXPECT_EQ(p.count("request.lapsed"), 1u);
  for (std::uint64_t i = 0; i < RequestService::kMostWaitingBy; ++i) take(p.hold("publishPolicy"));
  EXPECT_EQ(code(p.hold("publishPolicy")), Errc::wrong_state) << "too many wait";
}

TEST(HeldRequests, WhatAStopInterruptedIsNotSaidToBeDone) {
  Holding p;
  p.requests.set_perform([&](const store::Request&, const std::string&) -> Result<> {
    p.store->full = true;  // the platform stops before it can note the outcome
    return {};
  });
  const auto waiting = take(p.hold("publishPolicy"));
  EXPECT_FALSE(p.requests.approve(waiting.id, "seen", p.second, "").has_value());
  p.store->full = false;
  EXPECT_EQ(take(p.requests.get(waiting.id)).outcome, "");
  good(p.requests.settle_interrupted());
  EXPECT_EQ(take(p.requests.get(waiting.id)).outcome, "interrupted");
}

TEST(Requests, PolicysWordIsReadOnTheSafeSide) {
  EXPECT_TRUE(two_persons(R"({"camera":{"two_persons":true}})", "camera"));
  EXPECT_FALSE(two_persons(R"({"camera":{"two_persons":false}})", "camera"));
  EXPECT_FALSE(two_persons(R"({"camera":{}})", "camera"));
  EXPECT_FALSE(two_persons(R"({"interfaces":{"two_persons":true}})", "camera"));
  for (const auto* text : {"", "[]", "{", R"({"camera":1})", R"({"camera":{"two_persons":"yes"}})"})
    EXPECT_TRUE(two_persons(text, "camera")) << text;
}

}  // namespace
}  // namespace kw::server

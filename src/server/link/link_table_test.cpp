// The order of the link, over the wire: each edge of the table is walked, each other pair ends the connection.
#include "server/link/link_table.h"

#include "crypto/sm3.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::Kiosk;
using testing::LinkBed;
using testing::Peer;
using testing::take;

constexpr LinkMessage kMessages[] = {v1::Envelope::BODY_NOT_SET,
                                     v1::Envelope::kWelcome,
                                     v1::Envelope::kEnrolRequest,
                                     v1::Envelope::kEnrolPoll,
                                     v1::Envelope::kEnrolReply,
                                     v1::Envelope::kAdmission,
                                     v1::Envelope::kAdmitted,
                                     v1::Envelope::kHeartbeat,
                                     v1::Envelope::kHeartbeatAck,
                                     v1::Envelope::kEvents,
                                     v1::Envelope::kEventAck,
                                     v1::Envelope::kPolicy,
                                     v1::Envelope::kPolicyReport,
                                     v1::Envelope::kOrder,
                                     v1::Envelope::kOrderReport,
                                     v1::Envelope::kFacts,
                                     v1::Envelope::kProblem,
                                     v1::Envelope::kBaseline,
                                     v1::Envelope::kBaselineProposal,
                                     v1::Envelope::kBaselineReport,
                                     v1::Envelope::kMedia,
                                     v1::Envelope::kMediaReport,
                                     v1::Envelope::kSessionBegin,
                                     v1::Envelope::kSessionBegun,
                                     v1::Envelope::kServiceRequest,
                                     v1::Envelope::kServiceAnswer,
                                     v1::Envelope::kVaultRequest,
                                     v1::Envelope::kVaultAnswer,
                                     v1::Envelope::kPersons,
                                     v1::Envelope::kPersonsReport};

/// message makes an envelope with this body and nothing in it.
v1::Envelope message(LinkMessage body) {
  v1::Envelope out;
  if (body == v1::Envelope::BODY_NOT_SET) return out;
  const auto* field = v1::Envelope::descriptor()->FindFieldByNumber(body);
  out.GetReflection()->MutableMessage(&out, field);
  return out;
}

/// in_state is a connection that has come as far as this state.
std::unique_ptr<Peer> in_state(LinkBed& bed, LinkState state, const Kiosk& kiosk) {
  if (state == LinkState::admitted) return bed.admitted(kiosk);
  auto out = state == LinkState::wait_enrolment ? bed.connect() : bed.connect(kiosk);
  EXPECT_TRUE(out->handshake());
  out->welcomed();
  return out;
}

TEST(LinkTable, HoldsEveryMessageOfTheWire) {
  EXPECT_EQ(std::size(kMessages),
            static_cast<std::size_t>(v1::Envelope::descriptor()->oneof_decl(0)->field_count()) + 1);
}

TEST(LinkTable, EachPairOutsideItEndsTheConnectionWithoutAWord) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  std::size_t refused = 0, recorded = 0;
  for (const auto state : {LinkState::wait_enrolment, LinkState::wait_admission, LinkState::admitted}) {
    for (const auto body : kMessages) {
      if (next_state(state, body)) continue;
      SCOPED_TRACE(std::string(name(state)) + " " + std::to_string(body));
      const auto peer = in_state(bed, state, kiosk);
      peer->write(message(body));
      EXPECT_TRUE(peer->ended());
      ++refused;
      if (state != LinkState::admitted) continue;
      EXPECT_EQ(bed.recorded("link.bad_message", ++recorded).params().at("reason"),
                "malformed: a message that an admitted kiosk does not send");
      bed.recorded("link.lost", recorded);
    }
  }
  EXPECT_EQ(refused, 74u) << "three states, thirty messages, sixteen edges";
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed") == refused; })) << "a line for each";
  EXPECT_EQ(bed.entries("link.bad_message").size(), recorded);
}

TEST(LinkTable, AnAdmittedKioskGoesThroughEveryEdge) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  const auto peer = bed.admitted(kiosk);
  const auto beat = peer->write(message(v1::Envelope::kHeartbeat));
  auto answer = peer->read();
  ASSERT_TRUE(answer && answer->has_heartbeat_ack());
  EXPECT_EQ(answer->correlation(), beat);
  EXPECT_EQ(answer->heartbeat_ack().server_time_ns(), bed.platform.clock.now().unix_ns);

  v1::Envelope events;
  *events.mutable_events() = testing::batch({1});
  const auto sent = peer->write(events);
  answer = peer->read();
  ASSERT_TRUE(answer && answer->has_event_ack());
  EXPECT_EQ(answer->correlation(), sent);
  EXPECT_EQ(answer->event_ack().through_sequence(), 1u);

  v1::Envelope facts;
  auto* fact = facts.mutable_facts()->add_facts();
  fact->set_key("net.interface.eth0.mac");
  fact->set_value(kiosk.mac);
  peer->write(facts);
  const auto order = take(bed.platform.orders.cut(kiosk.id, "test", bed.platform.security));
  answer = peer->read();
  ASSERT_TRUE(answer && answer->has_order());
  EXPECT_EQ(schema::serialise(answer->order()), order.signed_octets);
  v1::Envelope report;
  report.mutable_order_report()->set_order_id(copy_text(order.id.bytes()));
  report.mutable_order_report()->set_outcome("done");
  peer->write(report);
  const auto order_state = [&] { return take(bed.platform.devices.detail(kiosk.id)).orders.at(0).state; };
  EXPECT_TRUE(bed.soon([&] { return order_state() == store::OrderState::done; }));
  EXPECT_EQ(take(bed.platform.devices.detail(kiosk.id)).facts.at(0).value, kiosk.mac);

  v1::Envelope learnt;
  learnt.mutable_baseline_proposal()->set_section("interfaces");
  learnt.mutable_baseline_proposal()->set_content("content");
  learnt.mutable_baseline_proposal()->set_digest(copy_text(crypto::sm3(bytes_of("content"))));
  peer->write(learnt);
  bed.recorded("baseline.proposed");
  const auto baseline_now = [&] { return take(bed.platform.baselines.of_device(kiosk.id)).at(0); };
  const auto approved = take(bed.platform.baselines.approve(baseline_now().id, "test", bed.platform.security));
  answer = peer->read();
  ASSERT_TRUE(answer && answer->has_baseline());
  EXPECT_EQ(schema::serialise(answer->baseline()), approved.signed_octets);
  v1::Envelope told;
  told.mutable_baseline_report()->set_section("interfaces");
  told.mutable_baseline_report()->set_revision(1);
  told.mutable_baseline_report()->set_outcome("applied");
  peer->write(told);
  EXPECT_TRUE(bed.soon([&] { return baseline_now().outcome == "applied"; }));

  v1::Envelope business;
  business.mutable_session_begin()->set_session_id(std::string(16, 's'));
  business.mutable_session_begin()->set_trace_id(std::string(16, 't'));
  business.mutable_session_begin()->set_span_id(std::string(8, 'r'));
  business.mutable_session_begin()->set_matter("permit");
  const auto begun = peer->write(business);
  answer = peer->read();
  ASSERT_TRUE(answer && answer->has_session_begun());
  EXPECT_EQ(answer->correlation(), begun);
  EXPECT_EQ(answer->session_begun().outcome(), "matter_unknown") << "this platform has no connector";
  v1::Envelope request;
  request.mutable_service_request()->set_session_id(std::string(16, 's'));
  request.mutable_service_request()->set_span_id(std::string(8, 'q'));
  const auto asked = peer->write(request);
  answer = peer->read();
  ASSERT_TRUE(answer && answer->has_service_answer());
  EXPECT_EQ(answer->correlation(), asked);
  EXPECT_EQ(answer->service_answer().outcome(), "no_session");

  v1::Envelope wish;
  wish.mutable_vault_request()->set_session_id(std::string(16, 's'));
  wish.mutable_vault_request()->set_span_id(std::string(8, 'v'));
  const auto wished = peer->write(wish);
  answer = peer->read();
  ASSERT_TRUE(answer && answer->has_vault_answer());
  EXPECT_EQ(answer->correlation(), wished);
  EXPECT_EQ(answer->vault_answer().outcome(), "no_session");

  v1::Envelope problem;
  problem.mutable_problem()->set_code("no_space");
  peer->write(problem);
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("link.lost").params().at("reason"), "closed: the kiosk reports no_space");
  EXPECT_TRUE(bed.entries("link.bad_message").empty());
}

TEST(LinkTable, StatesHaveNames) {
  std::set<std::string_view> names;
  for (int i = 0; i < kLinkStates; ++i) names.insert(name(static_cast<LinkState>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kLinkStates));
}

}  // namespace
}  // namespace kw::server

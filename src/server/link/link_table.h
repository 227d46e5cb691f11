#pragma once
// link_edges is the order of one kiosk's connection as a table; a message that is not in it ends the connection.
//
//   state            message             next              sends
//   shaking          (TLCP is open)      wait_enrolment    Welcome     to a peer without certificate
//   shaking          (TLCP is open)      wait_admission    Welcome     to a peer with one
//   wait_enrolment   EnrolRequest        over              EnrolReply
//   wait_enrolment   EnrolPoll           over              EnrolReply
//   wait_admission   Signed{admission}   admitted          Admitted, then what waits: policy, baselines, orders
//   admitted         Heartbeat           admitted          HeartbeatAck, then what waits
//   admitted         EventBatch          admitted          EventAck, when the events are durable
//   admitted         FactReport          admitted
//   admitted         PolicyReport        admitted
//   admitted         OrderReport         admitted
//   admitted         BaselineProposal   admitted
//   admitted         BaselineReport     admitted
//   admitted         SessionBegin        admitted          SessionBegun, when it is durable
//   admitted         ServiceRequest      admitted          ServiceAnswer, in parts, when there is one
//   admitted         PersonsReport      admitted
//   admitted         Problem             over
//
// Messages are the cases of v1::Envelope's body (schemas/kioskward/v1/link.proto).
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kioskward/v1/link.pb.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;

enum class LinkState : std::uint8_t { shaking, wait_enrolment, wait_admission, admitted, over };
inline constexpr int kLinkStates = 5;
using LinkMessage = v1::Envelope::BodyCase;

struct LinkEdge {
  LinkState from;
  LinkMessage message;
  LinkState to;
};

[[nodiscard]] std::span<const LinkEdge> link_edges() noexcept;
/// next_state is where a message leads once it was dealt with; nullopt where it is out of order.
[[nodiscard]] std::optional<LinkState> next_state(LinkState from, LinkMessage message) noexcept;
[[nodiscard]] std::string_view name(LinkState state) noexcept;

}  // namespace kw::server

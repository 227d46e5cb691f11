#include "server/link/link_table.h"

#include <algorithm>
#include <array>

namespace kw::server {
namespace {

using S = LinkState;
using M = v1::Envelope;

constexpr std::array kEdges{
    LinkEdge{S::wait_enrolment, M::kEnrolRequest, S::over},   LinkEdge{S::wait_enrolment, M::kEnrolPoll, S::over},
    LinkEdge{S::wait_admission, M::kAdmission, S::admitted},  LinkEdge{S::admitted, M::kHeartbeat, S::admitted},
    LinkEdge{S::admitted, M::kEvents, S::admitted},           LinkEdge{S::admitted, M::kFacts, S::admitted},
    LinkEdge{S::admitted, M::kPolicyReport, S::admitted},     LinkEdge{S::admitted, M::kOrderReport, S::admitted},
    LinkEdge{S::admitted, M::kBaselineProposal, S::admitted}, LinkEdge{S::admitted, M::kBaselineReport, S::admitted},
    LinkEdge{S::admitted, M::kPersonsReport, S::admitted},    LinkEdge{S::admitted, M::kMedia, S::admitted},
    LinkEdge{S::admitted, M::kSessionBegin, S::admitted},     LinkEdge{S::admitted, M::kServiceRequest, S::admitted},
    LinkEdge{S::admitted, M::kVaultRequest, S::admitted},     LinkEdge{S::admitted, M::kProblem, S::over},
};

constexpr std::array<std::string_view, kLinkStates> kNames{"shaking", "wait_enrolment", "wait_admission", "admitted",
                                                           "over"};

}  // namespace

std::span<const LinkEdge> link_edges() noexcept { return kEdges; }

std::optional<LinkState> next_state(LinkState from, LinkMessage message) noexcept {
  const auto edge = std::ranges::find_if(kEdges, [&](const auto& e) { return e.from == from && e.message == message; });
  return edge == kEdges.end() ? std::nullopt : std::optional(edge->to);
}

std::string_view name(LinkState state) noexcept { return kNames.at(static_cast<std::size_t>(state)); }

}  // namespace kw::server

#include "device/egress/place.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/comma_list.h"
#include "schema/codec.h"

namespace kw::device {
namespace {

constexpr double kEarth = 6'371'008.8, kRadians = 3.14159265358979323846 / 180.0 / 1e7;

std::string shown(const LinkNeighbour& one) {
  return one.chassis + " " + one.port + (one.system.empty() ? "" : " (" + one.system + ")");
}

PlaceVerdict verdict(v1::PlaceMark mark, std::string bound, std::string observed, bool same) {
  const auto match = bound.empty() || observed.empty() ? PlaceMatch::unknown
                     : same                            ? PlaceMatch::same
                                                       : PlaceMatch::different;
  return {mark, match, std::move(bound), std::move(observed)};
}

bool known(const v1::EgressBaseline& bound, const LinkNeighbour& seen) {
  return std::ranges::any_of(bound.neighbours(),
                             [&](const auto& one) { return one.chassis() == seen.chassis && one.port() == seen.port; });
}
template <class List>
bool any_in(const std::set<std::string>& seen, const List& bound) {
  return std::ranges::any_of(bound, [&](const auto& one) { return seen.contains(one); });
}

bool text_ok(const std::string& text) { return !text.empty() && text.size() <= kMostPlaceText; }

}  // namespace

double metres_between(const PlacePoint& a, const PlacePoint& b) noexcept {
  const double up = (b.latitude_e7 - static_cast<double>(a.latitude_e7)) * kRadians / 2;
  const double over = (b.longitude_e7 - static_cast<double>(a.longitude_e7)) * kRadians / 2;
  const double h = std::sin(up) * std::sin(up) + std::cos(a.latitude_e7 * kRadians) *
                                                     std::cos(b.latitude_e7 * kRadians) * std::sin(over) *
                                                     std::sin(over);
  return 2 * kEarth * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0)));
}

std::string point_text(const PlacePoint& point) {
  std::array<char, 48> out{};
  const auto n = std::snprintf(out.data(), out.size(), "%.7f %.7f", point.latitude_e7 / 1e7, point.longitude_e7 / 1e7);
  return {out.data(), static_cast<std::size_t>(std::max(n, 0))};
}

std::string_view name(PlaceMatch match) noexcept {
  return match == PlaceMatch::same ? "same" : match == PlaceMatch::different ? "different" : "unknown";
}

std::string mark_word(v1::PlaceMark mark) {
  std::string out = v1::PlaceMark_Name(mark);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string observed_text(const PlaceSeen& seen, v1::PlaceMark mark) {
  switch (mark) {
    case v1::GATEWAY:
      return comma_list(seen.gateways);
    case v1::NEIGHBOUR: {
      std::vector<std::string> all;
      for (const auto& one : seen.neighbours) all.push_back(shown(one));
      return comma_list(all);
    }
    case v1::RANGE:
      return comma_list(seen.ranges);
    case v1::POSITION:
      return seen.position ? point_text(*seen.position) : std::string();
    default:
      return {};
  }
}

std::vector<PlaceVerdict> judge_place(const v1::EgressBaseline& bound, const PlaceSeen& seen, std::uint32_t radius_m) {
  std::vector<std::string> neighbours;
  for (const auto& one : bound.neighbours()) neighbours.push_back(shown({one.chassis(), one.port(), one.system()}));
  const PlacePoint home{bound.position().latitude_e7(), bound.position().longitude_e7()};
  const double radius = radius_m == 0 ? kUsualRadius : radius_m;
  return {
      verdict(v1::GATEWAY, comma_list(bound.gateways()), observed_text(seen, v1::GATEWAY),
              any_in(seen.gateways, bound.gateways())),
      verdict(v1::NEIGHBOUR, comma_list(neighbours), observed_text(seen, v1::NEIGHBOUR),
              std::ranges::any_of(seen.neighbours, [&](const auto& one) { return known(bound, one); })),
      // An address of another network beside the approved one is another place's: nobody else gives the kiosk
      // addresses.
      verdict(v1::RANGE, comma_list(bound.ranges()), observed_text(seen, v1::RANGE),
              std::ranges::all_of(
                  seen.ranges,
                  [&](const auto& one) { return std::ranges::find(bound.ranges(), one) != bound.ranges().end(); })),
      verdict(v1::POSITION, bound.has_position() ? point_text(home) : std::string(), observed_text(seen, v1::POSITION),
              seen.position && metres_between(home, *seen.position) <= radius),
  };
}

v1::EgressBaseline baseline_of(const PlaceSeen& seen) {
  v1::EgressBaseline out;
  for (const auto& one : seen.gateways)
    if (out.gateways_size() < kMostPlaceValues) out.add_gateways(one);
  for (const auto& one : seen.neighbours) {
    if (out.neighbours_size() >= kMostPlaceValues) break;
    auto& to = *out.add_neighbours();
    to.set_chassis(one.chassis);
    to.set_port(one.port);
    to.set_system(one.system);
  }
  for (const auto& one : seen.ranges)
    if (out.ranges_size() < kMostPlaceValues) out.add_ranges(one);
  if (seen.position) {
    out.mutable_position()->set_latitude_e7(seen.position->latitude_e7);
    out.mutable_position()->set_longitude_e7(seen.position->longitude_e7);
  }
  return out;
}

Result<v1::EgressBaseline> egress_baseline_of(ByteView content) {
  KW_TRY(auto out, schema::parse<v1::EgressBaseline>(content, std::size_t{64} << 10));
  if (std::max({out.gateways_size(), out.neighbours_size(), out.ranges_size()}) > kMostPlaceValues)
    return fail(Errc::malformed, "egress baseline: too many values");
  const bool good = std::ranges::all_of(out.gateways(), text_ok) && std::ranges::all_of(out.ranges(), text_ok) &&
                    std::ranges::all_of(out.neighbours(), [](const auto& one) {
                      return text_ok(one.chassis()) && text_ok(one.port()) && one.system().size() <= kMostPlaceText;
                    });
  if (!good) return fail(Errc::malformed, "egress baseline: length");
  const auto& position = out.position();
  if (position.latitude_e7() < -900'000'000 || position.latitude_e7() > 900'000'000 ||
      position.longitude_e7() < -1'800'000'000 || position.longitude_e7() > 1'800'000'000)
    return fail(Errc::malformed, "egress baseline: position");
  return out;
}

std::string range_of(std::string_view address) {
  const auto slash = address.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string host(address.substr(0, slash));
  unsigned length = 0;
  const auto* const end = address.data() + address.size();
  const auto [at, wrong] = std::from_chars(address.data() + slash + 1, end, length);
  if (wrong != std::errc{} || at != end) return {};
  std::array<unsigned char, 16> octets{};
  const int family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const unsigned bits = family == AF_INET ? 32 : 128;
  if (::inet_pton(family, host.c_str(), octets.data()) != 1 || length > bits) return {};
  for (unsigned i = length; i < bits; ++i) octets.at(i / 8) &= static_cast<unsigned char>(~(0x80U >> i % 8));
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_ntop(family, octets.data(), out.data(), out.size()) == nullptr) return {};
  return std::string(out.data()) + "/" + std::to_string(length);
}

}  // namespace kw::device

#include "net/connection_count.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace kw::net {

namespace ip = boost::asio::ip;

Result<ConnectionCount::Place> ConnectionCount::take(ip::address from) {
  if (from.is_v6() && from.to_v6().is_v4_mapped()) from = ip::make_address_v4(ip::v4_mapped, from.to_v6());
  const std::lock_guard lock(mutex_);
  if (taken_ >= most_) return fail(Errc::unavailable, "all connections are taken");
  const auto at = by_address_.find(from);
  if (at != by_address_.end() && at->second >= most_per_address_)
    return fail(Errc::rate_limited, "connections of one address");
  ++taken_;
  ++by_address_[from];
  return Place(shared_from_this(), std::move(from));
}

std::size_t ConnectionCount::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void ConnectionCount::give_back(const ip::address& from) {
  const std::lock_guard lock(mutex_);
  --taken_;
  const auto at = by_address_.find(from);
  if (--at->second == 0) by_address_.erase(at);
}

}  // namespace kw::net

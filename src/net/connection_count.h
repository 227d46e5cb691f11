#pragma once
// ConnectionCount bounds how many connections are served at a time, in all and from one address. Thread-safe.
//
//   auto place = count.take(address);        // what is wrong, or a place that is given back when it goes
//   if (!place) log(place.error()), close;
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "base/result.h"

namespace kw::net {

class ConnectionCount : public std::enable_shared_from_this<ConnectionCount> {
 public:
  ConnectionCount(std::size_t most, std::size_t most_per_address) : most_(most), most_per_address_(most_per_address) {}

  /// Place is one connection's; it is given back by its destructor.
  class Place {
   public:
    Place(std::shared_ptr<ConnectionCount> of, boost::asio::ip::address from)
        : of_(std::move(of)), from_(std::move(from)) {}
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (of_) of_->give_back(from_);
    }

   private:
    std::shared_ptr<ConnectionCount> of_;
    boost::asio::ip::address from_;
  };
  /// take: Errc::unavailable where all places are taken, Errc::rate_limited where this address has its share. An IPv4
  /// address counts the same in its IPv6 form.
  Result<Place> take(boost::asio::ip::address from);
  [[nodiscard]] std::size_t taken() const;

 private:
  void give_back(const boost::asio::ip::address& from);
  const std::size_t most_, most_per_address_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<boost::asio::ip::address, std::size_t> by_address_;
};

}  // namespace kw::net

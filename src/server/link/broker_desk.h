#pragma once
// BrokerDesk is a kiosk's business on its link: it reads sessions' beginnings and requests, and cuts answers into
// parts.
//
// It bounds what one kiosk has under way; everything else is BusinessService's and BrokerService's. One a server; the
// counts of a link are its Session, which lives on the link's strand.
#include "server/broker_service.h"
#include "trail/words.h"

namespace kw::server {

class BrokerDesk {
 public:
  static constexpr std::size_t kPart = 32U << 10;  // octets; heartbeats and orders go between two of them
  /// An agent keeps to trail::kMostUnderWay; it may ask anew before this side has counted its answer out.
  static constexpr std::size_t kMostOfLink = 2 * trail::kMostUnderWay;
  BrokerDesk(BusinessService& business, BrokerService& broker) : business_(business), broker_(broker) {}

  struct Session {
    std::size_t under_way = 0;
  };

  Result<SessionStart> begin(const DeviceId& device, const v1::SessionBegin& message) {
    return business_.begin(device, message);
  }
  /// read counts a request in: Errc::malformed for one that an agent does not send, or for one too many.
  static Result<ServiceCall> read(Session& session, const v1::ServiceRequest& request);
  net::asio::awaitable<ServiceReply> ask(DeviceId device, ServiceCall call) {
    return broker_.ask(device, std::move(call));
  }
  /// part gives the answer's part that begins at `offset`; the first one of an empty body too.
  [[nodiscard]] static v1::ServiceAnswer part(const std::string& span, const ServiceReply& reply, std::size_t offset);

 private:
  BusinessService& business_;
  BrokerService& broker_;
};

}  // namespace kw::server

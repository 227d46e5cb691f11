#pragma once
// Requests is the repository of what one administrator has asked for and another one decides.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

enum class RequestState { waiting, approved, rejected, lapsed };
[[nodiscard]] std::string_view name(RequestState state) noexcept;
[[nodiscard]] std::optional<RequestState> parse_request_state(std::string_view text) noexcept;

struct Request {
  RequestId id;
  DeviceId device;
  std::string device_name;  // read only
  std::string section, action;
  std::map<std::string, std::string> args;
  std::string reason;
  std::string asked_by, asked_person;  // account, and the staff number behind it
  Timestamp asked, expires;
  RequestState state = RequestState::waiting;
  std::string decided_by, decision;  // account and why; empty while it waits
  std::optional<Timestamp> decided;
  OrderId order;  // nil unless it is approved
};
struct RequestQuery {
  std::optional<RequestState> state;
  std::optional<DeviceId> device;
};

class Requests {
 public:
  virtual ~Requests() = default;
  virtual Result<> insert(const Request& request) = 0;
  virtual Result<Request> get(const RequestId& id) = 0;
  /// of_order gives the approved request that an order answers; Errc::not_found.
  virtual Result<Request> of_order(const DeviceId& device, const OrderId& order) = 0;
  virtual Result<std::vector<Request>> page(const RequestQuery& query) = 0;  // newest first, at most 200
  /// decide writes state, decided_by, decision, decided and order; Errc::conflict where it does not wait any more.
  virtual Result<> decide(const Request& request) = 0;
  virtual Result<std::uint64_t> waiting_of(const DeviceId& device) = 0;
  /// lapsed gives those that still wait although their time is over; at most 100.
  virtual Result<std::vector<Request>> lapsed(Timestamp now) = 0;
};

}  // namespace kw::store

#pragma once
// Requests is the repository of what one administrator has asked for and another one decides: actions of kiosks, and
// any operation of the API that takes two persons.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

enum class RequestState { waiting, approved, rejected, lapsed };
[[nodiscard]] std::string_view name(RequestState state) noexcept;
[[nodiscard]] std::optional<RequestState> parse_request_state(std::string_view text) noexcept;

struct Request {
  RequestId id;
  DeviceId device;          // nil where it is about none
  std::string device_name;  // read only
  std::string section, action;
  std::map<std::string, std::string> args;
  std::string reason;
  std::string asked_by, asked_person;  // account, and the staff number behind it
  Timestamp asked, expires;
  RequestState state = RequestState::waiting;
  std::string decided_by, decision;  // account and why; empty while it waits
  std::optional<Timestamp> decided;
  OrderId order;                        // nil unless it is approved
  std::string operation = "askAction";  // operationId
  std::string subject;                  // what its path names: a device's ID, a user's ID; may be empty
  std::string body;                     // JSON as it was sent; empty where the row itself says everything
  UserId asked_user;                    // nil in rows from before there were accounts in them
  std::string asked_role;
  std::string outcome;  // of an approved one: empty (not done yet), "done", or the error's code and detail
};
struct RequestQuery {
  std::optional<RequestState> state;
  std::optional<DeviceId> device;
  Scope scope{};
  std::string person{};  // whose own requests are in scope wherever they are
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
  /// settle notes what came of an approved one; Errc::conflict where it is settled or not approved.
  virtual Result<> settle(const RequestId& id, const std::string& outcome) = 0;
  virtual Result<std::uint64_t> waiting_of(const DeviceId& device) = 0;
  virtual Result<std::uint64_t> waiting_by(const std::string& person) = 0;
  /// waiting_for counts those in scope that this person has not asked for.
  virtual Result<std::uint64_t> waiting_for(const std::string& person, const Scope& scope) = 0;
  /// granted is the newest approved and unsettled one of a person for an operation and subject; Errc::not_found.
  virtual Result<Request> granted(const std::string& person, const std::string& operation, const std::string& subject,
                                  Timestamp since) = 0;
  virtual Result<std::vector<Request>> unsettled() = 0;  // approved ones without an outcome
  /// lapsed gives those that still wait although their time is over; at most 100.
  virtual Result<std::vector<Request>> lapsed(Timestamp now) = 0;
  /// naming counts those that wait and have one of these values among their words.
  virtual Result<std::uint64_t> naming(const std::vector<std::string>& values) = 0;
  /// forget takes words and body out of the decided ones that have one of these values among their words, and puts
  /// `pseudonym` in place of `person` as who asked.
  virtual Result<> forget(const std::vector<std::string>& values, const std::string& person,
                          const std::string& pseudonym) = 0;
};

}  // namespace kw::store

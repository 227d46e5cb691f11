#pragma once
// Policies, Bundles and Orders are the repositories of what kiosks are told: revisions, signed bundles, signed orders.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

enum class PolicyState { published, waiting, withdrawn };  // waiting for signatures of persons
[[nodiscard]] std::string_view name(PolicyState state) noexcept;

struct Policy {
  std::uint64_t revision = 0;
  Timestamp published;
  std::string publisher, note;
  Bytes digest;                     // SM3 of template_json, and of defence_json where it holds a section
  std::string template_json;        // NetworkTemplate
  std::string defence_json = "{}";  // sections of the defence
  std::uint64_t valid_days = 365;
  PolicyState state = PolicyState::published;
  Bytes common;               // what is common to its bundles (PolicyBundle.common)
  Bytes approval;             // serialised v1::Signed{kind "policy-approval"}; empty where no persons are asked
  std::uint64_t devices = 0;  // read only: bundles made for it
  std::uint64_t applied = 0;  // read only: enabled devices that report it in force
};

class Policies {
 public:
  virtual ~Policies() = default;
  virtual Result<> insert(const Policy& policy) = 0;  // Errc::already_exists for the revision
  virtual Result<Policy> get(std::uint64_t revision) = 0;
  virtual Result<Policy> latest() = 0;                  // the newest published one; Errc::not_found before the first
  virtual Result<std::uint64_t> newest_revision() = 0;  // of any state; 0 before the first
  virtual Result<> decide(const Policy& policy) = 0;    // writes state and approval of one that waits; Errc::conflict
  virtual Result<std::vector<Policy>> list() = 0;       // newest first, at most 1000
};

struct Bundle {
  BundleId id;
  DeviceId device;
  std::uint64_t revision = 0;
  Bytes signed_octets;  // serialised v1::Signed{kind "policy"}
  Bytes digest;         // SM3 of the payload
  Timestamp made, expires;
  std::string outcome;  // "", "applied", "refused"
  std::string reason;   // of a refusal
};

class Bundles {
 public:
  virtual ~Bundles() = default;
  virtual Result<> insert(const Bundle& bundle) = 0;
  virtual Result<Bundle> get(const BundleId& id) = 0;
  virtual Result<Bundle> latest(const DeviceId& device) = 0;  // highest revision; Errc::not_found
  /// digest is that of a device's bundle of one revision; empty where there was none.
  virtual Result<Bytes> digest(const DeviceId& device, std::uint64_t revision) = 0;
  virtual Result<> set_outcome(const BundleId& id, const std::string& outcome, const std::string& reason) = 0;
};

enum class OrderState { waiting, done, refused, unsigned_yet };  // unsigned_yet: persons have to sign first
[[nodiscard]] std::string_view name(OrderState state) noexcept;

struct Order {
  OrderId id;
  DeviceId device;
  std::string kind;  // "release", "cut", "section"
  Bytes case_id;
  Timestamp issued, expires;
  std::string reason;
  OrderState state = OrderState::waiting;
  std::string outcome_reason;
  Bytes signed_octets;  // serialised v1::Signed{kind "order"}
  // With kind "section":
  std::string section, action;
  std::map<std::string, std::string> args;
};

class Orders {
 public:
  virtual ~Orders() = default;
  virtual Result<> insert(const Order& order) = 0;
  virtual Result<Order> get(const OrderId& id) = 0;
  virtual Result<std::vector<Order>> of_device(const DeviceId& id) = 0;  // newest first, at most 50
  /// waiting gives the orders still to be delivered, oldest first, without expired ones.
  virtual Result<std::vector<Order>> waiting(const DeviceId& id, Timestamp now) = 0;
  /// complete takes the order with all signatures; it waits to be delivered then. Errc::conflict.
  virtual Result<> complete(const OrderId& id, ByteView signed_octets) = 0;
  /// settle: Errc::conflict where the order is settled already.
  virtual Result<> settle(const OrderId& id, OrderState state, const std::string& reason) = 0;
};

}  // namespace kw::store

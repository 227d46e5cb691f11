#pragma once
// The request bodies of the API (schemas/openapi.yaml), as read_json takes them.
#include "server/json.h"

namespace kw::server {

// clang-format off: one object of the schema a line or two
struct Login { std::string account, password, code; };
BOOST_DESCRIBE_STRUCT(Login, (), (account, password, code))
struct ActivationBegin { std::string account, one_time_password, new_password; };
BOOST_DESCRIBE_STRUCT(ActivationBegin, (), (account, one_time_password, new_password))
struct ActivationConfirm { std::string activation, code; };
BOOST_DESCRIBE_STRUCT(ActivationConfirm, (), (activation, code))
struct SiteNew { std::string name, district, address; };
BOOST_DESCRIBE_STRUCT(SiteNew, (), (name, district, address))
struct EnrolTokenNew { std::string site; std::uint64_t valid_minutes = 0; std::string note; };
BOOST_DESCRIBE_STRUCT(EnrolTokenNew, (), (site, valid_minutes, note))
struct Binding {
  std::string name, site, address;
  std::optional<std::string> gateway;
  std::string mac, custodian, custodian_phone;
};
BOOST_DESCRIBE_STRUCT(Binding, (), (name, site, address, gateway, mac, custodian, custodian_phone))
struct Reason { std::string reason; };
BOOST_DESCRIBE_STRUCT(Reason, (), (reason))
struct PolicyPublish {
  std::uint64_t base_revision = 0;
  RawJson network;
  std::optional<RawJson> defence;
  std::string note;
  std::optional<std::uint64_t> valid_days;
};
BOOST_DESCRIBE_STRUCT(PolicyPublish, (), (base_revision, network, defence, note, valid_days))
struct ActionNew {
  std::string section, action;
  std::map<std::string, std::string> args;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(ActionNew, (), (section, action, args, reason))
struct ExportConfirmation { std::string digest, place; };
BOOST_DESCRIBE_STRUCT(ExportConfirmation, (), (digest, place))
struct UserNew { std::string account, display_name, person, role; };
BOOST_DESCRIBE_STRUCT(UserNew, (), (account, display_name, person, role))
// clang-format on

}  // namespace kw::server

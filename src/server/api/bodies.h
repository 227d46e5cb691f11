#pragma once
// The request bodies of the API (schemas/openapi.yaml), as read_json takes them.
#include "server/json.h"

namespace kw::server {

// clang-format off: one object of the schema a line or two
struct AnswerBody {
  std::string factor, attempt, signature;
  std::optional<std::string> credential, client_data, authenticator_data;
};
BOOST_DESCRIBE_STRUCT(AnswerBody, (), (factor, attempt, signature, credential, client_data, authenticator_data))
struct Login { std::string account, password; std::optional<std::string> code; std::optional<AnswerBody> answer; };
BOOST_DESCRIBE_STRUCT(Login, (), (account, password, code, answer))
struct ChallengeNew { std::string account, factor; };
BOOST_DESCRIBE_STRUCT(ChallengeNew, (), (account, factor))
struct ChallengeInNew { std::string factor, purpose; };
BOOST_DESCRIBE_STRUCT(ChallengeInNew, (), (factor, purpose))
struct FactorNew {
  std::string factor, name, attempt;
  std::optional<std::string> client_data, attestation_object, certificate, signature;
};
BOOST_DESCRIBE_STRUCT(FactorNew, (), (factor, name, attempt, client_data, attestation_object, certificate, signature))
struct ActivationBegin { std::string account, one_time_password, new_password; };
BOOST_DESCRIBE_STRUCT(ActivationBegin, (), (account, one_time_password, new_password))
struct ActivationConfirm { std::string activation, code; };
BOOST_DESCRIBE_STRUCT(ActivationConfirm, (), (activation, code))
struct SiteNew { std::string name; std::optional<std::string> district, region; std::string address; };
BOOST_DESCRIBE_STRUCT(SiteNew, (), (name, district, region, address))
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
struct SigningKeyNew {
  std::string label, spki, proof;
};
BOOST_DESCRIBE_STRUCT(SigningKeyNew, (), (label, spki, proof))
struct PersonNumbers {
  std::uint64_t policy, baseline, release, action, cut, uninstall, rule;
};
BOOST_DESCRIBE_STRUCT(PersonNumbers, (), (policy, baseline, release, action, cut, uninstall, rule))
struct PersonRuleNew {
  std::vector<std::string> keys;
  PersonNumbers needed;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(PersonRuleNew, (), (keys, needed, reason))
struct SignatureNew {
  std::string key, signature;
};
BOOST_DESCRIBE_STRUCT(SignatureNew, (), (key, signature))
struct ActionNew {
  std::string section, action;
  std::map<std::string, std::string> args;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(ActionNew, (), (section, action, args, reason))
struct ExportConfirmation { std::string digest, place; };
BOOST_DESCRIBE_STRUCT(ExportConfirmation, (), (digest, place))
struct UserNew {
  std::string account, display_name, person, role;
  std::optional<std::vector<std::string>> regions;
  std::optional<std::string> ends, reason;
};
BOOST_DESCRIBE_STRUCT(UserNew, (), (account, display_name, person, role, regions, ends, reason))
struct UserChanged {
  std::optional<std::string> role;
  std::optional<std::vector<std::string>> regions;
  std::optional<std::string> ends;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(UserChanged, (), (role, regions, ends, reason))
struct RegionNew { std::string parent, name, kind; };
BOOST_DESCRIBE_STRUCT(RegionNew, (), (parent, name, kind))
struct RegionName { std::string name; };
BOOST_DESCRIBE_STRUCT(RegionName, (), (name))
struct SiteMove { std::string region; };
BOOST_DESCRIBE_STRUCT(SiteMove, (), (region))
struct Confirm { std::string password; std::optional<std::string> code; std::optional<AnswerBody> answer; };
BOOST_DESCRIBE_STRUCT(Confirm, (), (password, code, answer))
struct PasswordNew {
  std::string password, new_password;
  std::optional<std::string> code;
  std::optional<AnswerBody> answer;
};
BOOST_DESCRIBE_STRUCT(PasswordNew, (), (password, new_password, code, answer))
struct SettingsNew {
  std::uint64_t base_revision = 0;
  std::vector<std::string> two_persons;
  std::uint64_t idle_minutes = 0, confirm_minutes = 0, password_length = 0, password_days = 0, password_history = 0;
  std::optional<std::vector<std::string>> required_factors;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(SettingsNew, (), (base_revision, two_persons, idle_minutes, confirm_minutes, password_length,
                                        password_days, password_history, required_factors, reason))
struct ApiTokenNew {
  std::string name;
  std::vector<std::string> operations;
  std::optional<std::vector<std::string>> regions;
  std::optional<std::string> certificate;
  std::uint64_t days = 0;
};
BOOST_DESCRIBE_STRUCT(ApiTokenNew, (), (name, operations, regions, certificate, days))
struct ComplianceRecordNew {
  std::string subject, record, reference, issuer, valid_from, valid_until;
  std::map<std::string, std::string> fields;
  std::optional<std::string> file_name, file_digest;
};
BOOST_DESCRIBE_STRUCT(ComplianceRecordNew, (), (subject, record, reference, issuer, valid_from, valid_until, fields, file_name,
                                                file_digest))
struct ComplianceStatementNew { std::string subject, requirement, reference, reason, valid_until; };
BOOST_DESCRIBE_STRUCT(ComplianceStatementNew, (), (subject, requirement, reference, reason, valid_until))
// clang-format on

}  // namespace kw::server

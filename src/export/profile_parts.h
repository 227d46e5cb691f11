#pragma once
// The sections of a profile, each read and checked by one function. Internal to profile.cpp.
#include "config/toml_section.h"
#include "export/profile.h"

namespace kw::exports {

using config::TomlSection;

Result<> read_credentials(TomlSection from, Credentials& out);
Result<> read_filter(TomlSection from, Filter& out);
Result<> read_patience(TomlSection from, Patience& out, Duration& exchange);
Result<> read_syslog(TomlSection from, SyslogRules& out);
Result<> read_xml(TomlSection from, XmlRules& out);
Result<> read_soap(TomlSection from, SoapRules& out);
Result<> read_http(TomlSection from, HttpRules& out);
Result<> read_reply_rule(TomlSection from, ReplyRule& out);
Result<> read_fields(std::vector<TomlSection> from, Kind kind, std::vector<Field>& out);

}  // namespace kw::exports

#include "server/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "base/plain_name.h"
#include "config/parse_toml.h"
#include "policy/address.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

Result<> only_keys(const toml::table& table, std::string_view where, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      return fail(Errc::invalid, std::string(where) + std::string(key.str()) + ": unknown key");
    }
  }
  return {};
}

template <class T>
Result<> take(const toml::table& table, std::string_view key, T& to) {
  const auto* node = table.get(key);
  if (node == nullptr) return {};
  const auto value = node->value_exact<T>();
  if (!value) return fail(Errc::invalid, std::string(key) + ": wrong type");
  to = *value;
  return {};
}

Result<const toml::table*> section(const toml::table& root, std::string_view key) {
  static const toml::table kEmpty;
  const auto* node = root.get(key);
  if (node == nullptr) return &kEmpty;
  if (!node->is_table()) return fail(Errc::invalid, std::string(key) + ": section expected");
  return node->as_table();
}

Result<LogLevel> parse_level(std::string_view text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  return fail(Errc::invalid, "log_level: debug, info, warning or error");
}

Result<> take_listen(const toml::table& table, std::string_view key, ListenAddress& to) {
  std::string text;
  KW_CHECK(take(table, key, text));
  if (text.empty()) return {};
  auto parsed = parse_listen(text, true);
  if (!parsed) return parsed.error().within(key);
  to = *parsed;
  return {};
}

Result<> read_console(const toml::table& table, ServerConfig& out) {
  KW_CHECK(only_keys(table, "console.", {"listen", "static_dir", "secure_cookie", "client_certificate_header"}));
  KW_CHECK(take_listen(table, "listen", out.console));
  std::string directory;
  KW_CHECK(take(table, "static_dir", directory));
  out.static_dir = directory;
  KW_CHECK(take(table, "client_certificate_header", out.certificate_header));
  for (char& c : out.certificate_header) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (out.certificate_header.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    return fail(Errc::invalid, "console.client_certificate_header: name of a header");
  return take(table, "secure_cookie", out.secure_cookie);
}

Result<> read_link(const toml::table& table, ServerConfig& out) {
  KW_CHECK(only_keys(table, "link.", {"listen", "advertise", "name", "heartbeat_seconds", "quote_seconds"}));
  KW_CHECK(take_listen(table, "listen", out.link));
  KW_CHECK(take(table, "name", out.name));
  if (out.name.empty() || out.name.size() > 64) return fail(Errc::invalid, "link.name: 1 to 64 octets");
  std::int64_t seconds = out.heartbeat_seconds;
  KW_CHECK(take(table, "heartbeat_seconds", seconds));
  if (seconds < 1 || seconds > 3600) return fail(Errc::invalid, "link.heartbeat_seconds: 1 to 3600");
  out.heartbeat_seconds = static_cast<std::uint32_t>(seconds);
  std::int64_t quotes = out.quote_seconds;
  KW_CHECK(take(table, "quote_seconds", quotes));
  if (quotes < 1 || quotes > 86400) return fail(Errc::invalid, "link.quote_seconds: 1 to 86400");
  out.quote_seconds = static_cast<std::uint32_t>(quotes);
  const auto* node = table.get("advertise");
  if (node == nullptr) return {};
  if (!node->is_array() || node->as_array()->size() > 16)
    return fail(Errc::invalid, "link.advertise: list of at most 16");
  for (const auto& item : *node->as_array()) {
    const auto text = item.value_exact<std::string>();
    if (!text) return fail(Errc::invalid, "link.advertise: wrong type");
    auto parsed = parse_listen(*text, false);
    if (!parsed) return parsed.error().within("link.advertise");
    out.advertise.push_back(*parsed);
  }
  return {};
}

Result<> take_number(const toml::table& table, std::string_view part, std::string_view key, std::int64_t least,
                     std::int64_t most, std::uint64_t unit, std::uint64_t& to) {
  std::int64_t value = static_cast<std::int64_t>(to / unit);
  KW_CHECK(take(table, key, value));
  if (value < least || value > most)
    return fail(Errc::invalid,
                std::string(part) + std::string(key) + ": " + std::to_string(least) + " to " + std::to_string(most));
  to = static_cast<std::uint64_t>(value) * unit;
  return {};
}

Result<> read_media(const toml::table& table, ServerConfig& out) {
  KW_CHECK(only_keys(table, "media.", {"retention_days", "most_mib", "most_device_mib"}));
  KW_CHECK(take_number(table, "media.", "retention_days", 30, 3650, 1,
                       out.media.retention_days));  // clause 5.1-c: a month at least
  KW_CHECK(take_number(table, "media.", "most_mib", 64, 1 << 24, 1 << 20, out.media.most_octets));
  return take_number(table, "media.", "most_device_mib", 64, 1 << 24, 1 << 20, out.media.most_device_octets);
}

bool is_plain_name(std::string_view text) { return !text.empty() && text.size() <= 32 && has_plain_letters(text); }

Result<NamedWitnessConfig> read_named_witness(const toml::table& table) {
  KW_CHECK(only_keys(table, "witness.named.", {"name", "site", "key"}));
  NamedWitnessConfig out;
  std::string key;
  KW_CHECK(take(table, "name", out.name));
  KW_CHECK(take(table, "site", out.site));
  KW_CHECK(take(table, "key", key));
  if (!is_plain_name(out.name)) return fail(Errc::invalid, "witness.named.name: 1 to 32 of a-z, 0-9 and -");
  if (out.site.size() > 64) return fail(Errc::invalid, "witness.named.site: at most 64 octets");
  if (key.empty()) return fail(Errc::invalid, "witness.named.key: a file");
  out.key = key;
  return out;
}

Result<> read_witness(const toml::table& table, WitnessConfig& out) {
  KW_CHECK(only_keys(table, "witness.", {"needed", "picked", "alarm_seconds", "named"}));
  KW_CHECK(take_number(table, "witness.", "needed", 1, 16, 1, out.needed));
  KW_CHECK(take_number(table, "witness.", "picked", 1, 32, 1, out.picked));
  KW_CHECK(take_number(table, "witness.", "alarm_seconds", 30, 86400, 1, out.alarm_seconds));
  const auto* named = table.get("named");
  if (named == nullptr) return {};
  if (!named->is_array() || named->as_array()->size() > 16)
    return fail(Errc::invalid, "witness.named: list of at most 16");
  for (const auto& item : *named->as_array()) {
    if (!item.is_table()) return fail(Errc::invalid, "witness.named: wrong type");
    KW_TRY(auto one, read_named_witness(*item.as_table()));
    if (std::ranges::any_of(out.named, [&](const auto& there) { return there.name == one.name; }))
      return fail(Errc::invalid, "witness.named.name: twice " + one.name);
    out.named.push_back(std::move(one));
  }
  return {};
}

/// take_directory: one that is named has a name.
Result<> take_directory(const toml::table& table, const std::string& part, const std::string& key,
                        std::filesystem::path& to) {
  if (!table.contains(key)) return {};
  std::string text;
  KW_CHECK(take(table, key, text));
  if (text.empty()) return fail(Errc::invalid, part + key + ": empty");
  to = text;
  return {};
}

Result<> read_export(const toml::table& table, ServerConfig& out) {
  KW_CHECK(only_keys(table, "export.", {"directory", "shipped", "trust", "gates"}));
  auto& to = out.exports;
  KW_CHECK(take_directory(table, "export.", "directory", to.directory));
  KW_CHECK(take_directory(table, "export.", "shipped", to.shipped));
  KW_CHECK(take_directory(table, "export.", "trust", to.trust));
  return take_directory(table, "export.", "gates", to.gates);
}

Result<> read_ledger(const toml::table& table, ServerConfig& out) {
  KW_CHECK(only_keys(table, "ledger.", {"reserve_mib", "on_full", "segment_mib", "online_days"}));
  auto& to = out.ledger;
  KW_CHECK(take_number(table, "ledger.", "reserve_mib", 1, 65536, 1 << 20, to.reserve_octets));
  KW_CHECK(take_number(table, "ledger.", "segment_mib", 1, 1024, 1 << 20, to.segment_octets));
  KW_CHECK(take_number(table, "ledger.", "online_days", kLeastOnlineDays, 36500, 1, to.online_days));
  std::string rule = name(to.on_full);
  KW_CHECK(take(table, "on_full", rule));
  if (rule != "stop" && rule != "critical_only") return fail(Errc::invalid, "ledger.on_full: stop or critical_only");
  to.on_full = rule == "stop" ? store::OnFull::stop : store::OnFull::critical_only;
  return {};
}

Result<> take_texts(const toml::table& table, std::string_view part, std::string_view key,
                    std::vector<std::string>& to) {
  const auto* node = table.get(key);
  const auto wrong = [&] {
    return fail(Errc::invalid, std::string(part) + std::string(key) + ": list of 1 to 256 texts");
  };
  if (node == nullptr || !node->is_array() || node->as_array()->empty() || node->as_array()->size() > 256)
    return wrong();
  for (const auto& item : *node->as_array()) {
    const auto text = item.value_exact<std::string>();
    if (!text || text->empty() || text->size() > 128) return wrong();
    to.push_back(*text);
  }
  return {};
}

Result<DatabaseConfig> read_database(const toml::table& table) {
  KW_CHECK(only_keys(table, "database.", {"name", "audit_log", "accounts", "tables", "reads", "silence_minutes"}));
  DatabaseConfig out;
  std::string log;
  KW_CHECK(take(table, "name", out.name));
  KW_CHECK(take(table, "audit_log", log));
  KW_CHECK(take(table, "reads", out.reads));
  if (!is_plain_name(out.name)) return fail(Errc::invalid, "database.name: 1 to 32 of a-z, 0-9 and -");
  if (!log.starts_with('/')) return fail(Errc::invalid, "database.audit_log: an absolute path");
  out.audit_log = log;
  KW_CHECK(take_texts(table, "database.", "accounts", out.accounts));
  KW_CHECK(take_texts(table, "database.", "tables", out.tables));
  for (const auto& one : out.tables)
    if (one.find('.') == std::string::npos) return fail(Errc::invalid, "database.tables: database.table or database.*");
  KW_CHECK(take_number(table, "database.", "silence_minutes", 0, 10080, 1, out.silence_minutes));
  return out;
}

Result<> read_databases(const toml::table& root, std::vector<DatabaseConfig>& out) {
  const auto* list = root.get("database");
  if (list == nullptr) return {};
  if (!list->is_array() || list->as_array()->size() > 16) return fail(Errc::invalid, "database: list of at most 16");
  for (const auto& item : *list->as_array()) {
    if (!item.is_table()) return fail(Errc::invalid, "database: wrong type");
    KW_TRY(auto one, read_database(*item.as_table()));
    if (std::ranges::any_of(out, [&](const auto& there) { return there.name == one.name; }))
      return fail(Errc::invalid, "database.name: twice " + one.name);
    out.push_back(std::move(one));
  }
  return {};
}

bool is_domain(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  const bool numeric = text.find_first_not_of("0123456789.") == std::string_view::npos;  // browsers take no address
  return !text.empty() && text.size() <= 253 && !numeric && text.find_first_not_of(kLetters) == std::string_view::npos;
}

/// An origin is "https://HOST[:PORT]" with the RP ID or a name below it as host; http only on this machine itself.
bool is_origin_of(std::string_view origin, std::string_view rp_id) {
  const bool plain = origin.starts_with("http://");
  if (!plain && !origin.starts_with("https://")) return false;
  auto host = origin.substr(origin.find("//") + 2);
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    const auto port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  if (plain && host != "localhost" && !host.ends_with(".localhost")) return false;
  return is_domain(host) && (host == rp_id || host.ends_with("." + std::string(rp_id)));
}

Result<std::vector<std::string>> take_texts(const toml::table& table, const std::string& key, std::size_t most) {
  std::vector<std::string> out;
  const auto* node = table.get(key);
  if (node == nullptr) return out;
  const auto* array = node->as_array();
  if (array == nullptr || array->size() > most)
    return fail(Errc::invalid, key + ": at most " + std::to_string(most) + " texts");
  for (const auto& item : *array) {
    const auto text = item.value_exact<std::string>();
    if (!text || text->empty()) return fail(Errc::invalid, key + ": texts expected");
    out.push_back(*text);
  }
  return out;
}

Result<> read_passkeys(const toml::table& table, PasskeyOptions& out) {
  KW_CHECK(only_keys(table, "passkeys.", {"rp_id", "origins", "user_verification"}));
  if (table.empty()) return {};
  KW_CHECK(take(table, "rp_id", out.rp_id));
  if (!is_domain(out.rp_id)) return fail(Errc::invalid, "passkeys.rp_id: a domain in lower case, no address");
  KW_TRY(out.origins, take_texts(table, "origins", 8));
  if (out.origins.empty()) return fail(Errc::invalid, "passkeys.origins: at least one");
  for (const auto& origin : out.origins)
    if (!is_origin_of(origin, out.rp_id))
      return fail(Errc::invalid, "passkeys.origins: https://HOST within rp_id expected, not " + origin);
  std::string verification = "required";
  KW_CHECK(take(table, "user_verification", verification));
  if (verification != "required" && verification != "preferred")
    return fail(Errc::invalid, "passkeys.user_verification: required or preferred");
  out.verify_user = verification == "required";
  return {};
}

Result<> read_ukey(const toml::table& table, UkeyOptions& out) {
  KW_CHECK(only_keys(table, "ukey.", {"authorities", "crls", "require_crl"}));
  if (table.empty()) return {};
  std::string authorities;
  KW_CHECK(take(table, "authorities", authorities));
  if (authorities.empty()) return fail(Errc::invalid, "ukey.authorities: a file");
  out.authorities = authorities;
  KW_TRY(const auto crls, take_texts(table, "crls", 16));
  out.crls.assign(crls.begin(), crls.end());
  return take(table, "require_crl", out.require_crl);
}

Result<> read_vault(const toml::table& table, ServerConfig& out) {
  KW_CHECK(only_keys(table, "vault.", {"passphrase", "module"}));
  KW_CHECK(take_directory(table, "vault.", "passphrase", out.vault_passphrase));
  if (!table.contains("module")) return {};
  KW_TRY(const auto* module, section(table, "module"));
  KW_CHECK(only_keys(*module, "vault.module.", {"library", "key", "password"}));
  ModuleConfig to;
  KW_CHECK(take_directory(*module, "vault.module.", "library", to.library));
  KW_CHECK(take_directory(*module, "vault.module.", "password", to.password));
  KW_CHECK(take_number(*module, "vault.module.", "key", 1, 65535, 1, to.key));
  if (!to.library.is_absolute()) return fail(Errc::invalid, "vault.module.library: an absolute path");
  if (to.password.empty()) return fail(Errc::invalid, "vault.module.password: a file");
  out.vault_module = std::move(to);
  return {};
}

Result<ServerConfig> read_root(const toml::table& root) {
  ServerConfig out;
  KW_CHECK(
      only_keys(root, "",
                {"data_dir", "log_level", "console", "link", "media", "witness", "export", "database", "administration",
                 "ledger", "passkeys", "ukey", "services", "real_name", "catalogue", "vault", "compliance"}));
  std::string directory = out.data_dir.string();
  KW_CHECK(take(root, "data_dir", directory));
  if (directory.empty()) return fail(Errc::invalid, "data_dir: empty");
  out.data_dir = directory;
  KW_CHECK(take_directory(root, "", "catalogue", out.catalogue_dir));
  std::string level = "info";
  KW_CHECK(take(root, "log_level", level));
  KW_TRY(out.log_level, parse_level(level));
  KW_TRY(const auto* console, section(root, "console"));
  KW_CHECK(read_console(*console, out));
  KW_TRY(const auto* link, section(root, "link"));
  KW_CHECK(read_link(*link, out));
  KW_TRY(const auto* administration, section(root, "administration"));
  KW_CHECK(only_keys(*administration, "administration.", {"breached_passwords", "two_persons_at_first"}));
  std::string breached;
  KW_CHECK(take(*administration, "breached_passwords", breached));
  out.breached_passwords = breached;
  if (administration->contains("two_persons_at_first")) {
    KW_TRY(out.two_persons_at_first, take_texts(*administration, "two_persons_at_first", 64));
  }
  KW_TRY(const auto* passkeys, section(root, "passkeys"));
  KW_CHECK(read_passkeys(*passkeys, out.factors.passkeys));
  KW_TRY(const auto* ukey, section(root, "ukey"));
  KW_CHECK(read_ukey(*ukey, out.factors.ukeys));
  KW_TRY(const auto* media, section(root, "media"));
  KW_CHECK(read_media(*media, out));
  KW_TRY(const auto* witness, section(root, "witness"));
  KW_CHECK(read_witness(*witness, out.witness));
  KW_TRY(const auto* exported, section(root, "export"));
  KW_CHECK(read_export(*exported, out));
  KW_TRY(const auto* services, section(root, "services"));
  KW_CHECK(only_keys(*services, "services.", {"connectors"}));
  KW_CHECK(take_directory(*services, "services.", "connectors", out.connectors_dir));
  KW_TRY(const auto* vault, section(root, "vault"));
  KW_CHECK(read_vault(*vault, out));
  KW_TRY(const auto* compliance, section(root, "compliance"));
  KW_CHECK(only_keys(*compliance, "compliance.", {"catalogue"}));
  KW_CHECK(take_directory(*compliance, "compliance.", "catalogue", out.compliance_dir));
  KW_TRY(const auto* real_name, section(root, "real_name"));
  KW_CHECK(only_keys(*real_name, "real_name.", {"authorities"}));
  KW_CHECK(take_directory(*real_name, "real_name.", "authorities", out.authorities_dir));
  KW_TRY(const auto* ledger, section(root, "ledger"));
  KW_CHECK(read_ledger(*ledger, out));
  KW_CHECK(read_databases(root, out.databases));
  return out;
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text, bool any_port) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(Errc::invalid, "ADDRESS:PORT expected");
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port > 65535 || (port == 0 && !any_port)) {
    return fail(Errc::invalid, "port");
  }
  if (auto address = policy::parse_address(host); !address) return fail(Errc::invalid, "numeric address expected");
  return ListenAddress{std::string(host), static_cast<std::uint16_t>(port)};
}

Result<ServerConfig> parse_config(std::string_view text) {
  KW_TRY(const auto root, config::parse_toml(text));
  return read_root(root);
}

Result<ServerConfig> load_config(const std::filesystem::path& path) {
  KW_TRY(auto octets, read_public(path));
  auto out = parse_config(text_of(octets));
  if (!out) return out.error().within(path.string());
  return out;
}

}  // namespace kw::server

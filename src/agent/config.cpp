#include "agent/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "platform/linux/durable_file.h"

namespace kw::agent {
namespace {

Result<> only_keys(const toml::table& table, const std::string& where, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      return fail(Errc::invalid, "unknown key " + where + std::string(key.str()));
  }
  return {};
}

Result<> take(const toml::table& table, std::string_view key, std::string& to) {
  const auto* node = table.get(key);
  if (node == nullptr) return {};
  const auto value = node->value_exact<std::string>();
  if (!value || value->size() > 1024) return fail(Errc::invalid, std::string(key) + " must be text");
  to = *value;
  return {};
}

Result<> take(const toml::table& table, std::string_view key, bool& to) {
  const auto* node = table.get(key);
  if (node == nullptr) return {};
  const auto value = node->value_exact<bool>();
  if (!value) return fail(Errc::invalid, std::string(key) + " must be true or false");
  to = *value;
  return {};
}

Result<> take_tpm(const toml::table& table, TpmSettings& to) {
  KW_CHECK(only_keys(table, "tpm.", {"use", "transport", "pcrs"}));
  std::string use = "auto";
  KW_CHECK(take(table, "use", use));
  if (use != "off" && use != "auto" && use != "require")
    return fail(Errc::invalid, "tpm.use is \"off\", \"auto\" or \"require\"");
  using Use = TpmSettings::Use;
  to.use = use == "off" ? Use::off : use == "auto" ? Use::automatic : Use::require;
  KW_CHECK(take(table, "transport", to.transport));
  const auto* node = table.get("pcrs");
  if (node == nullptr) return {};
  const auto* list = node->as_array();
  if (list == nullptr) return fail(Errc::invalid, "tpm.pcrs must be a list");
  std::set<std::uint32_t> pcrs;
  for (const auto& one : *list) {
    const auto value = one.value_exact<std::int64_t>();
    // 16 and above may be reset by programs: they measure nothing that lasts.
    if (!value || *value < 0 || *value > 15) return fail(Errc::invalid, "tpm.pcrs: numbers of 0 to 15");
    pcrs.insert(static_cast<std::uint32_t>(*value));
  }
  to.pcrs = {pcrs.begin(), pcrs.end()};
  return {};
}

Result<> take_witnesses(const toml::table& table, std::vector<std::string>& to) {
  KW_CHECK(only_keys(table, "witness.", {"tell"}));
  const auto* node = table.get("tell");
  if (node == nullptr) return {};
  const auto* list = node->as_array();
  if (list == nullptr || list->size() > 8) return fail(Errc::invalid, "witness.tell: a list of at most 8");
  for (const auto& one : *list) {
    const auto value = one.value_exact<std::string>();
    if (!value) return fail(Errc::invalid, "witness.tell: HOST:PORT");
    if (const auto address = parse_host_port(*value); !address) return address.error().within("witness.tell");
    to.push_back(*value);
  }
  return {};
}

Result<> take_app(const toml::table& table, AppConfig& to) {
  KW_CHECK(only_keys(
      table, "app.",
      {"listen", "origins", "token_file", "user", "idle_seconds", "catalogue", "card_reader", "code_reader"}));
  std::string listen;
  KW_CHECK(take(table, "listen", listen));
  if (!listen.empty()) {
    KW_TRY(to.listen, parse_host_port(listen, true));
    if (to.listen->host != "127.0.0.1" && to.listen->host != "::1")
      return fail(Errc::invalid, "app.listen must be a loopback address");
  }
  KW_CHECK(take(table, "token_file", to.token_file));
  if (to.token_file.size() < 2 || to.token_file[0] != '/')
    return fail(Errc::invalid, "app.token_file: an absolute path");
  KW_CHECK(take(table, "user", to.user));
  KW_CHECK(take(table, "catalogue", to.catalogue));
  if (!to.catalogue.empty() && to.catalogue[0] != '/') return fail(Errc::invalid, "app.catalogue: an absolute path");
  KW_CHECK(take(table, "card_reader", to.card_reader));
  KW_CHECK(take(table, "code_reader", to.code_reader));
  for (const auto* one : {&to.card_reader, &to.code_reader})
    if (!one->empty() && !one->starts_with("/dev/")) return fail(Errc::invalid, "app: a reader is a path below /dev");
  if (const auto* node = table.get("idle_seconds"); node != nullptr) {
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 10 || *value > 3600) return fail(Errc::invalid, "app.idle_seconds: 10 to 3600");
    to.idle_seconds = static_cast<std::uint32_t>(*value);
  }
  const auto* node = table.get("origins");
  if (node == nullptr) return {};
  const auto* list = node->as_array();
  if (list == nullptr || list->size() > 16) return fail(Errc::invalid, "app.origins: a list of at most 16");
  for (const auto& one : *list) {
    const auto value = one.value_exact<std::string>();
    if (!value || !is_web_origin(*value)) return fail(Errc::invalid, "app.origins: https://HOST or http://HOST:PORT");
    to.origins.push_back(*value);
  }
  return {};
}

Result<AgentConfig> read(const toml::table& root) {
  AgentConfig out;
  KW_CHECK(only_keys(root, "",
                     {"server", "ca", "state_dir", "interface", "watch_only", "custodian_phone", "log", "user",
                      "notice", "protect", "shell", "session", "tpm", "witness", "app"}));
  std::string server;
  KW_CHECK(take(root, "server", server));
  if (!server.empty()) {
    KW_TRY(out.server, parse_host_port(server));
  }
  KW_CHECK(take(root, "ca", out.ca));
  KW_CHECK(take(root, "state_dir", out.state_dir));
  KW_CHECK(take(root, "interface", out.interface));
  KW_CHECK(take(root, "watch_only", out.watch_only));
  KW_CHECK(take(root, "custodian_phone", out.custodian_phone));
  if (out.custodian_phone.size() > 64) return fail(Errc::invalid, "custodian_phone is too long for the notice");
  KW_CHECK(take(root, "log", out.log));
  KW_CHECK(take(root, "user", out.user));
  if (out.user.empty() || out.user.size() > 32) return fail(Errc::invalid, "user");
  if (const auto* node = root.get("protect"); node != nullptr) {
    const auto* protect = node->as_table();
    if (protect == nullptr) return fail(Errc::invalid, "protect must be a table");
    KW_CHECK(only_keys(*protect, "protect.", {"files", "units", "enabled"}));
    std::string files(name(out.protect));
    KW_CHECK(take(*protect, "files", files));
    const auto mode = parse_shield_mode(files);
    if (!mode) return fail(Errc::invalid, "protect.files is \"off\", \"watch\" or \"restore\"");
    out.protect = *mode;
    KW_CHECK(take(*protect, "units", out.units));
    KW_CHECK(take(*protect, "enabled", out.enabled));
  }
  if (const auto* node = root.get("tpm"); node != nullptr) {
    const auto* tpm = node->as_table();
    if (tpm == nullptr) return fail(Errc::invalid, "tpm must be a table");
    KW_CHECK(take_tpm(*tpm, out.tpm));
  }
  if (const auto* node = root.get("witness"); node != nullptr) {
    const auto* witness = node->as_table();
    if (witness == nullptr) return fail(Errc::invalid, "witness must be a table");
    KW_CHECK(take_witnesses(*witness, out.witnesses));
  }
  if (const auto* node = root.get("app"); node != nullptr) {
    const auto* app = node->as_table();
    if (app == nullptr) return fail(Errc::invalid, "app must be a table");
    KW_CHECK(take_app(*app, out.app));
  }
  if (const auto* node = root.get("notice"); node != nullptr) {
    const auto* notice = node->as_table();
    if (notice == nullptr) return fail(Errc::invalid, "notice must be a table");
    KW_CHECK(only_keys(*notice, "notice.", {"listen", "browser", "browser_user"}));
    std::string listen;
    KW_CHECK(take(*notice, "listen", listen));
    if (!listen.empty()) {
      KW_TRY(out.notice, parse_host_port(listen, true));
      if (out.notice.host != "127.0.0.1" && out.notice.host != "::1")
        return fail(Errc::invalid, "notice.listen must be a loopback address");
    }
    KW_CHECK(take(*notice, "browser", out.browser));
    KW_CHECK(take(*notice, "browser_user", out.browser_user));
  }
  if (const auto* node = root.get("shell"); node != nullptr) {
    const auto* shell = node->as_table();
    if (shell == nullptr) return fail(Errc::invalid, "shell must be a table");
    KW_CHECK(only_keys(*shell, "shell.", {"profiles", "policies"}));
    KW_CHECK(take(*shell, "profiles", out.shell.profiles));
    KW_CHECK(take(*shell, "policies", out.shell.policies));
    for (const auto* path : {&out.shell.profiles, &out.shell.policies})
      if (path->size() < 2 || (*path)[0] != '/' || path->back() == '/')
        return fail(Errc::invalid, "shell: profiles and policies are absolute paths");
  }
  if (const auto* node = root.get("session"); node != nullptr) {
    const auto* session = node->as_table();
    if (session == nullptr) return fail(Errc::invalid, "session must be a table");
    KW_CHECK(only_keys(*session, "session.", {"directory", "print_spool"}));
    KW_CHECK(take(*session, "directory", out.session.directory));
    KW_CHECK(take(*session, "print_spool", out.session.print_spool));
    for (const auto* path : {&out.session.directory, &out.session.print_spool}) {
      if (path->empty() && path == &out.session.print_spool) continue;
      if (path->size() < 2 || (*path)[0] != '/' || path->back() == '/')
        return fail(Errc::invalid, "session: directory and print_spool are absolute paths");
    }
  }
  if (out.interface.empty() || out.interface.size() > 15) return fail(Errc::invalid, "interface");
  return out;
}

}  // namespace

Result<AgentConfig> parse_config(std::string_view text) {
  try {
    return read(toml::parse(text));
  } catch (const toml::parse_error& problem) {
    return fail(Errc::malformed,
                "line " + std::to_string(problem.source().begin.line) + ": " + std::string(problem.description()));
  }
}

Result<AgentConfig> load_config(const std::string& path) {
  KW_TRY(auto file, platform::read_file(path, 64U << 10));
  auto config = parse_config(text_of(file));
  if (!config) return config.error().within(path);
  config->path = std::filesystem::absolute(path).string();
  return config;
}

}  // namespace kw::agent

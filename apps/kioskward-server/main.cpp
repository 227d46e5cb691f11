// links: server platform
// kioskward-server: the platform. Everything is in src/server; here are the real ports, and the words to the operator.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/random.h"
#include "landing/guard.h"
#include "platform/linux/spdlog_log.h"
#include "platform/linux/system_clock.h"
#include "platform/sdf/sdf_module.h"
#include "server/api/routes.h"
#include "server/server.h"
#include "server/vault/root_source.h"

namespace {

constexpr std::string_view kUsage =
    "usage: kioskward-server [--config FILE] [--seal-root BY]\n"
    "  --config FILE   TOML configuration (default /etc/kioskward/server.toml)\n"
    "  --seal-root BY  seal the vault's root key by platform, passphrase or module from now on, and exit;\n"
    "                  the platform is stopped, and the configuration names what it is sealed by and what it shall be\n"
    "  --version       print the version and exit\n";

// A service manager that starts this program again and again would lock a module's key: its unit stops at this one.
constexpr int kRefusedPassword = 4;

int complain(const kw::Error& error) {
  // It may quote the configuration, and goes into a log where a service manager starts this program.
  std::cerr << "kioskward-server: " << kw::landing::masked_text(error.text()) << "\n";
  if (error.code() == kw::Errc::forbidden) return kRefusedPassword;
  return error.code() == kw::Errc::invalid || error.code() == kw::Errc::malformed ? 2 : 1;
}

/// To a terminal alone: anything else keeps what it is told (a journal, a file), where a secret does not belong.
void show_first_credentials(const kw::server::Server& server, const std::string& data_dir) {
  if (server.first_credentials().empty()) return;
  if (::isatty(STDOUT_FILENO) == 0) {
    std::cout << "First administrators: their one-time passwords are in " << data_dir << "/first-credentials.txt\n"
              << std::flush;
    return;
  }
  std::cout << "First administrators, to be activated in the console (one-time passwords, shown once):\n";
  for (const auto& one : server.first_credentials()) {
    std::cout << "  " << one.user.account << "  " << one.one_time_password << "\n";
  }
  std::cout << std::flush;
}

kw::Result<std::unique_ptr<kw::pki::CryptoModule>> open_module(const kw::server::ModuleConfig& config,
                                                               kw::SecretBytes password) {
  return kw::platform::open_sdf_module(
      {config.library.string(), static_cast<std::uint32_t>(config.key), std::move(password)});
}

kw::Result<> seal_root(const std::string& file, const std::string& word) {
  KW_TRY(const auto to, kw::server::parse_root_seal(word));
  KW_TRY(const auto config, kw::server::load_config(file));
  KW_TRY(auto log, kw::platform::SpdlogLog::to_stderr(config.log_level));
  const kw::platform::SystemClock clock;
  kw::crypto::SystemRandom random;
  KW_TRY(const auto from, kw::server::seal_root(config, {clock, random, *log, open_module}, to));
  std::cout << "The vault's root key was sealed by " << name(from) << " and is sealed by " << word << " now.\n";
  if (to != kw::server::RootSeal::module && config.vault_module)
    std::cout << "Take [vault.module] out of the configuration before the next start.\n";
  else if (to == kw::server::RootSeal::platform && !config.vault_passphrase.empty())
    std::cout << "Take [vault] passphrase out of the configuration before the next start.\n";
  return {};
}

kw::Result<> serve(const std::string& file) {
  KW_TRY(auto config, kw::server::load_config(file));
  KW_TRY(auto log, kw::platform::SpdlogLog::to_stderr(config.log_level));
  const kw::platform::SystemClock clock;
  kw::crypto::SystemRandom random;
  const auto data_dir = config.data_dir.string();
  KW_TRY(auto server, kw::server::Server::open(std::move(config), {clock, random, *log, open_module}));
  show_first_credentials(*server, data_dir);
  return server->run();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  ::umask(027);  // database, ledger and keys are nobody else's to read
  std::string file = "/etc/kioskward/server.toml";
  std::optional<std::string> root;  // by what it shall be sealed
  const std::vector<std::string> args(argv + 1, argv + argc);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--config" && i + 1 < args.size()) {
      file = args[++i];
    } else if (args[i] == "--seal-root" && i + 1 < args.size()) {
      root = args[++i];
    } else if (args[i] == "--version") {
      std::cout << "kioskward-server " << kw::server::kServerVersion << "\n";
      return 0;
    } else {
      std::cerr << kUsage;
      return 2;
    }
  }
  const auto done = root ? seal_root(file, *root) : serve(file);
  return done ? 0 : complain(done.error());
}

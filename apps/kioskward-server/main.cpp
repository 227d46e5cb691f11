// links: server platform
// kioskward-server: the platform. Everything is in src/server; here are the real ports, and the words to the operator.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string_view>
#include <vector>

#include "crypto/random.h"
#include "landing/guard.h"
#include "platform/linux/spdlog_log.h"
#include "platform/linux/system_clock.h"
#include "server/api/routes.h"
#include "server/server.h"

namespace {

constexpr std::string_view kUsage =
    "usage: kioskward-server [--config FILE]\n"
    "  --config FILE  TOML configuration (default /etc/kioskward/server.toml)\n"
    "  --version      print the version and exit\n";

int complain(const kw::Error& error) {
  // It may quote the configuration, and goes into a log where a service manager starts this program.
  std::cerr << "kioskward-server: " << kw::landing::masked_text(error.text()) << "\n";
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

kw::Result<> serve(const std::string& file) {
  KW_TRY(auto config, kw::server::load_config(file));
  KW_TRY(auto log, kw::platform::SpdlogLog::to_stderr(config.log_level));
  const kw::platform::SystemClock clock;
  kw::crypto::SystemRandom random;
  const auto data_dir = config.data_dir.string();
  KW_TRY(auto server, kw::server::Server::open(std::move(config), {clock, random, *log}));
  show_first_credentials(*server, data_dir);
  return server->run();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  ::umask(027);  // database, ledger and keys are nobody else's to read
  std::string file = "/etc/kioskward/server.toml";
  const std::vector<std::string> args(argv + 1, argv + argc);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--config" && i + 1 < args.size()) {
      file = args[++i];
    } else if (args[i] == "--version") {
      std::cout << "kioskward-server " << kw::server::kServerVersion << "\n";
      return 0;
    } else {
      std::cerr << kUsage;
      return 2;
    }
  }
  const auto done = serve(file);
  return done ? 0 : complain(done.error());
}

#include "agent/command_line.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <map>

#include "agent/camera/verify.h"
#include "agent/enrol/enrol.h"
#include "agent/link/run_link.h"
#include "agent/runtime.h"
#include "crypto/random.h"
#include "landing/guard.h"
#include "platform/linux/document_child.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/spdlog_log.h"
#include "platform/linux/system_clock.h"
#include "platform/linux/tss_tpm.h"

namespace kw::agent {
namespace {

constexpr int kExitFound = 3;
constexpr std::string_view kDefaultConfig = "/etc/kioskward/agent.toml";
constexpr std::string_view kLinkCommand = "link-process";
constexpr std::string_view kUsage =
    "usage: kioskward-agent run|status|guard-boot [--config FILE] [--state DIR] [--interface NAME] [--log FILE]\n"
    "       kioskward-agent uninstall --order FILE [options as above]\n"
    "       kioskward-agent drill [options as above]      exit code 3: something of a session was found\n"
    "       kioskward-agent enrol --server HOST:PORT --ca FILE --token TOKEN [--persons HEX] [--wait SECONDS]\n"
    "                                   [options as above]; HEX: digest of the rule of persons, by the console\n"
    "       kioskward-agent enrol --resume [--server HOST:PORT] [--wait SECONDS]\n"
    "       kioskward-agent camera-verify [--root HEX] FILE...\n";

struct Arguments {
  std::string command;
  std::map<std::string, std::string> values;
  bool resume = false;
};

Result<Arguments> parse(std::span<const std::string> words) {
  Arguments out;
  if (words.empty()) return fail(Errc::invalid, "a command is missing");
  out.command = words[0];
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--resume") {
      out.resume = true;
      continue;
    }
    static constexpr std::string_view kKnown[] = {"--config", "--server",    "--ca",     "--token",
                                                  "--state",  "--interface", "--wait",   "--log",
                                                  "--user",   "--order",     "--persons"};
    if (std::find(std::begin(kKnown), std::end(kKnown), words[i]) == std::end(kKnown))
      return fail(Errc::invalid, "unknown option " + words[i]);
    if (i + 1 == words.size()) return fail(Errc::invalid, words[i] + " needs a value");
    if (!out.values.emplace(words[i], words[i + 1]).second) return fail(Errc::invalid, words[i] + " is given twice");
    ++i;
  }
  return out;
}

Result<AgentConfig> configure(const Arguments& arguments) {
  AgentConfig config;
  const auto given = arguments.values.find("--config");
  auto file = load_config(given == arguments.values.end() ? std::string(kDefaultConfig) : given->second);
  if (file)
    config = std::move(*file);
  else if (file.code() != Errc::not_found || given != arguments.values.end())
    return file.error();
  for (const auto& [name, value] : arguments.values) {
    if (name == "--server") {
      KW_TRY(config.server, parse_host_port(value));
    } else if (name == "--ca") {
      config.ca = value;
    } else if (name == "--state") {
      config.state_dir = value;
    } else if (name == "--interface") {
      config.interface = value;
    } else if (name == "--log") {
      config.log = value;
    } else if (name == "--user") {
      config.user = value;
    }
  }
  return config;
}

Result<EnrolOutcome> run_enrol(const Arguments& arguments, const AgentConfig& config, Log& log, std::ostream& out) {
  EnrolOptions options;
  options.server = config.server;
  if (options.server.port == 0) return fail(Errc::invalid, "--server HOST:PORT is missing");
  options.resume = arguments.resume;
  options.interface = config.interface;
  if (const auto token = arguments.values.find("--token"); token != arguments.values.end())
    options.token = token->second;
  if (options.token.empty() && !options.resume) return fail(Errc::invalid, "--token TOKEN is missing");
  if (const auto text = arguments.values.find("--persons"); text != arguments.values.end()) {
    const auto octets = from_hex(text->second);
    const auto digest = octets ? to_array<32>(*octets) : Result<crypto::Digest>(octets.error());
    if (!digest) return fail(Errc::invalid, "--persons takes 64 hex digits");
    options.persons = *digest;
  }
  unsigned wait = 0;
  if (const auto text = arguments.values.find("--wait"); text != arguments.values.end()) {
    const auto& digits = text->second;
    const auto [at, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), wait);
    if (ec != std::errc() || at != digits.data() + digits.size() || wait > 86400)
      return fail(Errc::invalid, "--wait takes seconds, at most a day");
  }
  options.wait = std::chrono::seconds(wait);
  if (!options.resume) {
    KW_TRY(const auto pem, platform::read_file(config.ca, 64U << 10));
    options.ca_pem = copy_text(pem);
  }
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  platform::SystemClock clock;
  crypto::SystemRandom random;
  boost::asio::io_context io(1);
  std::optional<Result<EnrolOutcome>> outcome;
  platform::TssTpm tpm(config.tpm.transport);
  options.tpm = config.tpm;
  const EnrolPorts ports{clock, random, log, out, &tpm};
  boost::asio::co_spawn(io, enrol(state, options, ports), [&](std::exception_ptr thrown, Result<EnrolOutcome> done) {
    if (thrown) std::rethrow_exception(thrown);
    outcome.emplace(std::move(done));
  });
  io.run();
  if (!outcome) return fail(Errc::internal, "enrolment ended without an outcome");
  return std::move(*outcome);
}

/// The private command of the link process: everything else comes from the guard.
int link_main(const Arguments& arguments, std::ostream& err) {
  const auto log = platform::SpdlogLog::to_stderr();
  const auto given = [&](const std::string& name) {
    const auto found = arguments.values.find(name);
    return found == arguments.values.end() ? std::string() : found->second;
  };
  const auto done = log ? run_link({given("--state"), given("--user")}, **log) : Result<>(log.error());
  if (done) return 0;
  if (log)
    (*log)->error("link.ended", {{"error", done.error().text()}});
  else
    err << "kioskward-agent: " << landing::masked_text(done.error().text()) << "\n";
  return exit_code(Result<EnrolOutcome>(done.error()));
}

Result<> run_uninstall(const Arguments& arguments, const AgentConfig& config, std::ostream& out) {
  Bytes order;  // none: the guard refuses, and reports that somebody tried
  if (const auto file = arguments.values.find("--order"); file != arguments.values.end()) {
    KW_TRY(order, platform::read_file(file->second, 256U << 10));
  }
  KW_CHECK(uninstall(config, order));
  out << "the guard has ended; the package may be removed now, and what the kernel holds goes with the next boot\n";
  return {};
}

}  // namespace

int agent_main(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  // Its words are policy's, not options.
  if (!words.empty() && words[0] == platform::kDocumentReader) return platform::document_child(words.subspan(1));
  const auto complain = [&](const Error& error) {
    err << "kioskward-agent: " << landing::masked_text(error.text()) << "\n";
  };
  if (!words.empty() && words[0] == "camera-verify") return verify_recordings(words.subspan(1), out, err);
  const auto arguments = parse(words);
  if (!arguments) {
    complain(arguments.error());
    err << kUsage;
    return 2;
  }
  if (arguments->command == kLinkCommand) return link_main(*arguments, err);
  const auto config = configure(*arguments);
  if (!config) {
    complain(config.error());
    return config.code() == Errc::invalid ? 2 : 10;
  }
  auto log = config->log.empty() ? platform::SpdlogLog::to_stderr() : platform::SpdlogLog::to_file(config->log);
  if (!log) {
    complain(log.error());
    return 10;
  }
  const auto finish = [&](const Result<>& done) {
    if (done) return 0;
    complain(done.error());
    (*log)->error("agent.ended", {{"error", done.error().text()}});
    return exit_code(Result<EnrolOutcome>(done.error()));
  };
  if (arguments->command == "run") {
    if (config->server.port == 0) return finish(fail(Errc::invalid, "server is not configured"));
    const auto ended = run_guard(*config, **log);
    if (!ended) return finish(ended.error());
    return *ended == RunEnd::uninstalled ? kExitUninstalled : 0;
  }
  if (arguments->command == "uninstall") return finish(run_uninstall(*arguments, *config, out));
  if (arguments->command == "drill") {
    const auto done = drill(*config);
    if (!done) return finish(done.error());
    out << done->text;
    return done->clean ? 0 : kExitFound;
  }
  if (arguments->command == "guard-boot") return finish(guard_boot(*config, **log));
  if (arguments->command == "status") {
    const auto status = agent_status(*config);
    if (!status) return finish(status.error());
    out << *status;
    return 0;
  }
  if (arguments->command == "enrol") {
    const auto done = run_enrol(*arguments, *config, **log, out);
    if (!done) complain(done.error());
    return exit_code(done);
  }
  err << kUsage;
  return 2;
}

}  // namespace kw::agent

// What a person's commands ask of the agent.
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "agent/guard/control_socket.h"
#include "agent/identity/state_directory.h"
#include "agent/runtime.h"
#include "agent/status.h"
#include "kioskward/v1/enforce.pb.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

constexpr auto kLongestDrill = std::chrono::hours(24);  // of raw devices, at a rate
constexpr auto kDrillLook = std::chrono::milliseconds(500);

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

}  // namespace

Result<std::string> agent_status(const AgentConfig& config) {
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  if (auto live = ask_status(state.socket_path()); live || live.code() != Errc::not_found) return live;
  boost::json::object out;
  KW_TRY(const auto identity, state.read(StateFile::identity));
  KW_TRY(const auto cut, state.read(StateFile::cut));
  out["running"] = false;
  out["enrolled"] = identity.has_value();
  out["state"] = cut ? "cut" : "stopped";
  if (cut) {
    KW_TRY(const auto request, schema::parse<v1::CutRequest>(*cut, 4096));
    out["case"] = to_hex(bytes_of(request.case_id()));
    out["cause"] = request.cause();
  }
  return boost::json::serialize(out) + "\n";
}

Result<DrillOutcome> drill(const AgentConfig& config) {
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  KW_TRY(const auto begun, ask_control(state.control_path(), control_words("drill")));
  if (begun != "started") return fail(Errc::wrong_state, begun);
  const auto give_up = std::chrono::steady_clock::now() + kLongestDrill;
  for (;;) {
    KW_TRY(const auto answer, ask_control(state.control_path(), control_words("drill result")));
    const auto word = answer.substr(0, answer.find(' '));
    if (word == "clean" || word == "found") {
      const auto line = answer.find('\n');
      if (line == std::string::npos || line <= word.size()) return fail(Errc::malformed, "the guard's answer");
      return DrillOutcome{word == "clean", answer.substr(line + 1) + "\nevent " +
                                               answer.substr(word.size() + 1, line - word.size() - 1) + "\n"};
    }
    if (answer != "running") return fail(Errc::unavailable, answer);
    if (std::chrono::steady_clock::now() > give_up) return fail(Errc::timeout, "the drill goes on without this command");
    std::this_thread::sleep_for(kDrillLook);
  }
}

Result<> uninstall(const AgentConfig& config, ByteView order) {
  KW_TRY(const auto state, StateDirectory::open(config.state_dir));
  const auto text = from_hex(trimmed(text_of(order)));
  KW_TRY(const auto answer, ask_control(state.control_path(), text ? ByteView(*text) : order));
  if (answer != "done") return fail(Errc::forbidden, answer);
  return {};
}

}  // namespace kw::agent

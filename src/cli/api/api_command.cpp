#include "cli/api/api_command.h"

#include <algorithm>
#include <boost/json.hpp>
#include <ostream>

#include "cli/api/exchange.h"
#include "cli/api/render.h"
#include "cli/api/text.h"

namespace kw::cli {
namespace {

namespace json = boost::json;

std::string_view first_of(const Operation& operation) { return operation.words.substr(0, operation.words.find(' ')); }
std::string_view second_of(const Operation& operation) {
  return operation.words.substr(std::min(first_of(operation).size() + 1, operation.words.size()));
}

const Operation* find_command(std::span<const std::string> args) {
  for (const auto& one : operations()) {
    if (one.words.empty() || first_of(one) != args[0]) continue;
    if (second_of(one).empty() || (args.size() > 1 && second_of(one) == args[1])) return &one;
  }
  return nullptr;
}

/// picked is the item of a list that the first positional names; null where there is none.
const json::value* picked(const json::value& answer, std::string_view name, const std::string& wanted) {
  const auto* items = answer.is_object() ? answer.get_object().if_contains("items") : nullptr;
  if (items == nullptr || !items->is_array()) return nullptr;
  for (const auto& item : items->get_array()) {
    const auto* value = item.is_object() ? item.get_object().if_contains(name) : nullptr;
    if (value != nullptr && cell(*value) == wanted) return &item;
  }
  return nullptr;
}

Result<Session> session_for(const Invocation& call) {
  if (needs_session(call.operation)) return load_session(call.options.value("session"));
  Session out;
  if (call.options.has("server")) out.server = call.options.value("server");
  KW_CHECK(parse_server_url(out.server));
  return out;
}

bool as_expected(const json::value& answer, std::string_view expect) {
  if (expect.empty()) return true;
  const auto* value = answer.is_object() ? answer.get_object().if_contains(expect) : nullptr;
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

bool needs_session(const Operation& operation) {
  return std::ranges::none_of(operation.arguments, [](const Argument& one) { return one.name == "server"; });
}

bool is_api_command(std::string_view first) {
  return std::ranges::any_of(operations(),
                             [first](const auto& one) { return !first.empty() && first_of(one) == first; });
}

void print_api_commands(std::ostream& out, std::string_view first) {
  TextTable table;
  for (const auto& one : operations())
    if (!one.words.empty() && (first.empty() || first_of(one) == first))
      table.add({std::string(one.words), std::string(one.help)});
  table.print(out, "  ");
}

int run_operation(const Invocation& call) {
  const auto& [operation, options, terminal] = call;
  auto session = session_for(call);
  if (!session) return complain(terminal.err, session.error());
  auto request = build_request(operation, options);
  if (!request) return complain(terminal.err, request.error());
  const auto answer = exchange(std::move(*request), *session);
  if (!answer) {
    if (options.has("json") && !answer.error().body.empty()) terminal.out << answer.error().body << "\n";
    return complain(terminal.err, answer.error(), session->server);
  }
  const json::value* shown = &answer->json;
  if (!operation.pick.empty()) {
    shown = picked(*shown, operation.pick, options.positional().at(0));
    if (shown == nullptr) return complain(terminal.err, Error(Errc::not_found, options.positional().at(0)));
  }
  if (options.has("json"))
    terminal.out << (shown == &answer->json ? answer->body : json::serialize(*shown)) << "\n";
  else
    render(terminal.out, *shown, operation.columns);
  return as_expected(*shown, operation.expect) ? kDone : kFailed;
}

int run_api_command(std::span<const std::string> args, Terminal& terminal) {
  const auto* operation = find_command(args);
  if (operation == nullptr) {
    const bool asked = args.size() > 1 && args[1] == "--help";
    auto& out = asked ? terminal.out : terminal.err;
    if (!asked && args.size() > 1) out << "kioskward: no command \"" << printable(args[0] + " " + args[1]) << "\"\n";
    out << "usage: kioskward " << args[0] << " COMMAND [OPTIONS]   (--help after a command tells its options)\n";
    print_api_commands(out, args[0]);
    return asked ? kDone : kUsage;
  }
  const auto rest = args.subspan(second_of(*operation).empty() ? 1 : 2);
  const auto options = Options::parse(rest, specs_of(*operation));
  if (options && options->has("help")) {
    terminal.out << help_of(*operation);
    return kDone;
  }
  const auto checked = options ? check_arguments(*operation, *options) : Result<>(options.error());
  if (!checked) {
    terminal.err << "kioskward " << operation->words << ": " << printable(checked.error().text()) << "\n"
                 << usage_of(*operation);
    return kUsage;
  }
  const Invocation call{*operation, *options, terminal};
  return operation->run != nullptr ? operation->run(call) : run_operation(call);
}

}  // namespace kw::cli

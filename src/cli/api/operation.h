#pragma once
// Operation is one command over the REST API: which operation of schemas/openapi.yaml it asks, how its arguments map to
// path, query and body, and which columns it shows. A new operation of the API is one row in operations.cpp.
//
//   {"getDevice", "devices show", "GET", "/devices/{id}", "a kiosk with its facts", {path("ID", "id", "the kiosk")},
//   ""} kioskward devices show 0190...   →   GET /api/v1/devices/0190...
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"

namespace kw::cli {

/// Where an argument goes. `local` ones are for the command itself and are not sent.
enum class Place { path, query, body, local };
/// How an argument's text becomes a value: `number` is a non-negative integer; `after` one that is sent plus one;
/// `part` names a JSON file and sends its member `part`, or the whole where it has none; `beside` sends the member of
/// another name of that same file, where it has it; `pairs` are all positionals that are left, each KEY=VALUE, as an
/// object; `list` is words with commas between, as an array; `file` names one that the command itself reads.
enum class Form { text, number, after, part, beside, pairs, list, file };

struct Argument {
  std::string_view name;   // "reason" is the option --reason; upper case ("ID") a positional; empty a constant
  std::string_view field;  // on the wire; the whole body where empty; "a/b" is the member b of an object a
  std::string_view help;
  Place place = Place::body;
  Form form = Form::text;
  bool required = false;
  std::optional<std::string_view> otherwise{};  // sent where the argument is not given
  std::string_view part{};                      // of Form::part
  /// positional: exactly one word; Form::pairs takes any number behind them.
  [[nodiscard]] bool positional() const noexcept {
    return !name.empty() && name[0] >= 'A' && name[0] <= 'Z' && form != Form::pairs;
  }
};

struct Operation;
/// Invocation is one run of a command whose arguments are already known to be complete.
struct Invocation {
  const Operation& operation;
  const Options& options;
  Terminal& terminal;
};

struct Operation {
  std::string_view id;      // operationId
  std::string_view words;   // of the command; empty for a later step of another command
  std::string_view method;  // upper case
  std::string_view path;    // below /api/v1
  std::string_view help;
  std::vector<Argument> arguments;
  std::string_view columns;   // of the answer's items, or of the answer where it has none; empty shows everything
  std::string_view pick{};    // show the one item whose member of this name is the first positional
  std::string_view expect{};  // boolean of the answer; where it is false the command fails
  int (*run)(const Invocation&) = nullptr;  // code of its own; without it run_operation
};

/// operations is the table.
[[nodiscard]] std::span<const Operation> operations();
/// find_operation returns the first row of an operationId; the table holds every ID that the program asks for.
[[nodiscard]] const Operation& find_operation(std::string_view id);

/// needs_session: all but the commands that name a server.
[[nodiscard]] bool needs_session(const Operation& operation);

/// run_operation does what the row says: session, request, answer, text or JSON.
int run_operation(const Invocation& call);
/// The commands with code of their own.
int run_login(const Invocation& call);
int run_activate(const Invocation& call);
int run_logout(const Invocation& call);
int run_confirm(const Invocation& call);
int run_password(const Invocation& call);
int run_prove(const Invocation& call);
int run_events(const Invocation& call);
int run_media_get(const Invocation& call);
int run_receipt(const Invocation& call);
int run_ledger_export(const Invocation& call);
int run_media_look(const Invocation& call);
int run_key_add(const Invocation& call);
int run_sign(const Invocation& call);
int run_signing_object(const Invocation& call);
int run_vault_file_put(const Invocation& call);
int run_vault_file_get(const Invocation& call);
int run_vault_file_sealed(const Invocation& call);
int run_vault_file_statement(const Invocation& call);
int run_add_ukey(const Invocation& call);

}  // namespace kw::cli

#include "cli/api/request.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "cli/api/render.h"
#include "net/url.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrefix = "/api/v1";
constexpr std::size_t kMostSentFile = 1U << 20;  // octets: what the platform takes

Result<std::int64_t> number_of(const Argument& argument, std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool after = argument.form == Form::after;
  if (error != std::errc() || end != text.data() + text.size() || out < 0 || (after && out == INT64_MAX))
    return fail(Errc::invalid, std::string(argument.name) + ": number expected");
  return after ? out + 1 : out;
}

std::size_t positionals(const Operation& operation) {
  return static_cast<std::size_t>(std::ranges::count_if(operation.arguments, &Argument::positional));
}

/// pairs_of takes the words behind the positionals.
Result<json::object> pairs_of(const Operation& operation, const Options& options) {
  json::object out;
  for (const auto& word : std::span(options.positional()).subspan(positionals(operation))) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) return fail(Errc::invalid, "not KEY=VALUE: " + word);
    if (!out.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
      return fail(Errc::invalid, "given twice: " + word.substr(0, equals));
  }
  return out;
}

/// given is the argument's text: as typed, or its default; nothing where it is to be left out.
std::optional<std::string> given(const Operation& operation, const Argument& argument, const Options& options) {
  if (argument.form == Form::beside || argument.form == Form::pairs) return std::string();
  if (argument.positional()) {
    std::size_t place = 0;
    for (const auto& other : operation.arguments) {
      if (&other == &argument) break;
      if (other.positional()) ++place;
    }
    return options.positional().at(place);
  }
  const std::string name(argument.name);
  if (!name.empty() && options.has(name)) return options.value(name);
  if (argument.otherwise) return std::string(*argument.otherwise);
  return std::nullopt;
}

Result<json::object> read_object(const std::string& file) {
  KW_TRY(const auto octets, platform::read_file(file, kMostSentFile));
  auto value = parse_json(text_of(octets));
  if (!value) return value.error().within(file);
  if (!value->is_object()) return fail(Errc::malformed, file + ": no JSON object");
  return std::move(value->get_object());
}

/// body_member is the place of a field in a body; "a/b" lies in an object of its own.
json::value& body_member(json::object& body, std::string_view field) {
  const auto slash = field.find('/');
  if (slash == std::string_view::npos) return body[field];
  auto& inner = body[field.substr(0, slash)];
  if (!inner.is_object()) inner.emplace_object();
  return inner.get_object()[field.substr(slash + 1)];
}

/// value_of is what a body holds for an argument; nothing where it is to be left out.
Result<std::optional<json::value>> value_of(const Operation& operation, const Argument& argument,
                                            const Options& options, const std::string& text) {
  using Value = std::optional<json::value>;
  switch (argument.form) {
    case Form::number:
    case Form::after: {
      KW_TRY(const auto number, number_of(argument, text));
      return Value(number);
    }
    case Form::part: {
      KW_TRY(auto object, read_object(text));
      auto* inner = object.if_contains(argument.part);
      return inner != nullptr ? Value(std::move(*inner)) : Value(std::move(object));
    }
    case Form::beside: {
      KW_TRY(auto object, read_object(options.positional().at(0)));
      auto* inner = object.if_contains(argument.field);
      return inner != nullptr ? Value(std::move(*inner)) : Value();
    }
    case Form::pairs: {
      KW_TRY(auto pairs, pairs_of(operation, options));
      return Value(std::move(pairs));
    }
    case Form::list: {
      json::array words;
      for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        if (end > at) words.emplace_back(text.substr(at, end - at));
        at = end + 1;
      }
      return Value(std::move(words));
    }
    case Form::text:
    case Form::file:
      break;
  }
  return Value(json::value(text));
}

Result<std::string> word_of(const Argument& argument, const std::string& text) {
  if (argument.form == Form::text) return text;
  KW_TRY(const auto number, number_of(argument, text));
  return std::to_string(number);
}

std::string placeholder(const Argument& argument) {
  if (argument.form == Form::pairs) return std::string(argument.name) + " ...";
  if (argument.positional()) return std::string(argument.name);
  return "--" + std::string(argument.name) +
         (argument.form == Form::text   ? " TEXT"
          : argument.form == Form::file ? " FILE"
          : argument.form == Form::list ? " WORD,..."
                                        : " N");
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  to.push_back('"');
  for (const char c : text) {
    if (const auto octet = static_cast<unsigned char>(c); octet < 0x20) {
      to += "\\u00";
      to.push_back(kHex[octet >> 4]);
      to.push_back(kHex[octet & 15]);
    } else {
      if (c == '"' || c == '\\') to.push_back('\\');
      to.push_back(c);
    }
  }
  to.push_back('"');
}

Result<> check_arguments(const Operation& operation, const Options& options) {
  const auto wanted = positionals(operation);
  const auto& words = options.positional();
  const bool more = std::ranges::find(operation.arguments, Form::pairs, &Argument::form) != operation.arguments.end();
  if (words.size() > wanted && !more) return fail(Errc::invalid, "too many arguments: " + words[wanted]);
  if (words.size() < wanted) return fail(Errc::invalid, "an argument is missing");
  if (more) KW_CHECK(pairs_of(operation, options));
  for (const auto& argument : operation.arguments) {
    const auto text = given(operation, argument, options);
    if (!text && argument.required) return fail(Errc::invalid, "--" + std::string(argument.name) + " is missing");
    if (!text) continue;
    if (argument.positional() && text->empty()) return fail(Errc::invalid, "an argument is empty");
    if (argument.form == Form::number || argument.form == Form::after) KW_CHECK(number_of(argument, *text));
  }
  return {};
}

Result<ApiRequest> build_request(const Operation& operation, const Options& options) {
  ApiRequest out{std::string(operation.method), std::string(kPrefix), {}};
  std::string path(operation.path), query;
  json::value body;
  bool any_body = false;
  for (const auto& argument : operation.arguments) {
    const auto text = given(operation, argument, options);
    if (!text || argument.place == Place::local) continue;
    if (argument.place == Place::body) {
      KW_TRY(auto value, value_of(operation, argument, options, *text));
      if (!value) continue;
      if (argument.field.empty()) {
        body = std::move(*value);
      } else {
        if (!any_body) body.emplace_object();
        body_member(body.get_object(), argument.field) = std::move(*value);
      }
      any_body = true;
      continue;
    }
    KW_TRY(const auto word, word_of(argument, *text));
    if (argument.place == Place::query) {
      query += (query.empty() ? "?" : "&") + std::string(argument.field) + "=" + net::percent_encode(word);
    } else if (const auto at = path.find("{" + std::string(argument.field) + "}"); at != std::string::npos) {
      path.replace(at, argument.field.size() + 2, net::percent_encode(word));
    }
  }
  out.target += path + query;
  if (any_body) out.body = json::serialize(body);
  return out;
}

ApiRequest request_of(const Operation& operation, std::string body) {
  return {std::string(operation.method), std::string(kPrefix) + std::string(operation.path), std::move(body)};
}

std::vector<Options::Spec> specs_of(const Operation& operation) {
  std::vector<Options::Spec> out{{"json", false}, {"session", true}, {"help", false}};
  for (const auto& argument : operation.arguments)
    if (!argument.positional() && argument.form != Form::pairs && !argument.name.empty())
      out.push_back({std::string(argument.name), true});
  return out;
}

std::string usage_of(const Operation& operation) {
  std::string out = "usage: kioskward " + std::string(operation.words);
  for (const auto& argument : operation.arguments) {
    if (argument.name.empty()) continue;
    out += argument.required ? " " + placeholder(argument) : " [" + placeholder(argument) + "]";
  }
  return out + " [--json] [--session FILE]\n";
}

std::string help_of(const Operation& operation) {
  constexpr std::size_t kColumn = 22;
  std::string out = usage_of(operation) + std::string(operation.help) + "\n";
  const auto line = [&](std::string head, std::string_view help) {
    head.resize(std::max(kColumn, head.size() + 1), ' ');
    out += "  " + head + std::string(help) + "\n";
  };
  for (const auto& argument : operation.arguments)
    if (!argument.name.empty()) line(placeholder(argument), argument.help);
  line("--json", "the server's JSON as it is");
  line("--session FILE", "where the session is kept ($XDG_STATE_HOME or ~/.local/state, kioskward/session)");
  return out;
}

}  // namespace kw::cli

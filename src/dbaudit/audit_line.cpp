#include "dbaudit/audit_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace kw::dbaudit {
namespace {

struct Word {
  std::string_view text;
  Operation operation;
};
constexpr std::array kOperations{Word{"CONNECT", Operation::connect},
                                 Word{"FAILED_CONNECT", Operation::refused_connect},
                                 Word{"DISCONNECT", Operation::disconnect},
                                 Word{"READ", Operation::read},
                                 Word{"WRITE", Operation::write},
                                 Word{"CREATE", Operation::create},
                                 Word{"ALTER", Operation::alter},
                                 Word{"RENAME", Operation::rename},
                                 Word{"DROP", Operation::drop},
                                 Word{"QUERY", Operation::query}};
constexpr std::string_view kMark = "/*kw:";
constexpr std::size_t kTraceDigits = 32, kSpanDigits = 16, kMostVerb = 16;

/// field takes the text up to the next comma; the rest stays.
Result<std::string_view> field(std::string_view& rest) {
  const auto end = rest.find(',');
  if (end == std::string_view::npos) return fail(Errc::malformed, "audit line");
  const auto out = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return out;
}

template <class Number>
Result<Number> number(std::string_view text) {
  Number out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc() || end != text.data() + text.size()) return fail(Errc::malformed, "number of an audit line");
  return out;
}

bool hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// digits_at takes `n` hex digits off the front; empty where there are none.
std::string digits_at(std::string_view& rest, std::size_t n) {
  const auto digits = rest.substr(0, n);
  if (digits.size() != n || !std::ranges::all_of(digits, hex_digit)) return {};
  rest.remove_prefix(n);
  return std::string(digits);
}

/// read_mark reads kw:TRACE or kw:TRACE-SPAN; what is neither counts as no mark.
void read_mark(std::string_view statement, AuditLine& out) {
  const auto at = statement.find(kMark);
  if (at == std::string_view::npos) return;
  auto rest = statement.substr(at + kMark.size());
  const auto trace = digits_at(rest, kTraceDigits);
  std::string span;
  if (rest.starts_with('-')) {
    rest.remove_prefix(1);
    span = digits_at(rest, kSpanDigits);
    if (span.empty()) return;
  }
  if (trace.empty() || !rest.starts_with("*/")) return;
  out.trace = trace;
  out.span = span;
}

/// A comment may stand before the verb.
std::string verb_of(std::string_view statement) {
  while (!statement.empty()) {
    if (statement.starts_with("/*")) {
      const auto end = statement.find("*/", 2);
      if (end == std::string_view::npos) return {};
      statement.remove_prefix(end + 2);
    } else if (statement.front() == ' ' || statement.front() == '(') {
      statement.remove_prefix(1);
    } else {
      break;
    }
  }
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(statement, letter) - statement.begin());
  return lower(statement.substr(0, std::min(end, kMostVerb)));
}

/// tail reads "'statement',code": the last apostrophe closes, for the plugin escapes those inside.
Result<> read_statement(std::string_view rest, AuditLine& out) {
  const auto close = rest.rfind("',");
  if (!rest.starts_with('\'') || close == std::string_view::npos || close == 0)
    return fail(Errc::malformed, "statement of an audit line");
  const auto statement = rest.substr(1, close - 1);
  KW_TRY(out.code, number<std::int64_t>(rest.substr(close + 2)));
  out.verb = verb_of(statement);
  read_mark(statement, out);
  out.about_audit = lower(statement).find("server_audit") != std::string::npos;
  return {};
}

}  // namespace

std::string_view name(Operation operation) noexcept {
  switch (operation) {
    case Operation::connect:
      return "connect";
    case Operation::refused_connect:
      return "refused_connect";
    case Operation::disconnect:
      return "disconnect";
    case Operation::read:
      return "read";
    case Operation::write:
      return "write";
    case Operation::create:
      return "create";
    case Operation::alter:
      return "alter";
    case Operation::rename:
      return "rename";
    case Operation::drop:
      return "drop";
    case Operation::query:
      return "query";
    case Operation::other:
      return "other";
  }
  return "other";
}

Result<AuditLine> parse_audit_line(std::string_view line) {
  if (line.size() > kMostLine) return fail(Errc::too_large, "audit line");
  AuditLine out;
  const auto word = [&](std::string& to) -> Result<> {
    KW_TRY(const auto text, field(line));
    to = clean_text(text, kMostWord);
    return {};
  };
  std::string server, operation;
  KW_CHECK(word(out.time));
  KW_CHECK(word(server));
  KW_CHECK(word(out.user));
  KW_CHECK(word(out.host));
  KW_TRY(const auto connection, field(line));
  KW_TRY(out.connection, number<std::uint64_t>(connection));
  KW_TRY(const auto query, field(line));
  KW_TRY(out.query, number<std::uint64_t>(query));
  KW_CHECK(word(operation));
  KW_CHECK(word(out.database));
  const auto known = std::ranges::find(kOperations, std::string_view(operation), &Word::text);
  if (known != kOperations.end()) out.operation = known->operation;
  if (out.operation == Operation::query) {
    KW_CHECK(read_statement(line, out));
    return out;
  }
  KW_CHECK(word(out.table));
  if (line.empty()) return out;                        // operations on tables have no code
  if (out.operation == Operation::rename) return out;  // "old|new" follows
  KW_TRY(out.code, number<std::int64_t>(line));
  return out;
}

}  // namespace kw::dbaudit

#pragma once
// AuditLine is one line of MariaDB's server audit plugin (server_audit, output type "file"); parse_audit_line reads it.
//
//   20261126 20:21:50,dbhost,root,localhost,4,9,WRITE,biz,applicants,
//   20261126 20:21:50,dbhost,root,localhost,4,9,QUERY,biz,'insert /*kw:…*/ into …',0
//
// A statement's text holds people's data: only its first word, its trace and whether it speaks of the plugin itself are
// taken from it, and it is not kept. PURE and thread-safe. Source: MariaDB 10.11's server_audit plugin, by its output.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kw::dbaudit {

inline constexpr std::size_t kMostLine = std::size_t{1}
                                         << 20;  // octets; the plugin cuts a statement at 1,024 as delivered
inline constexpr std::size_t kMostWord = 128;    // of a name

enum class Operation { connect, refused_connect, disconnect, read, write, create, alter, rename, drop, query, other };
[[nodiscard]] std::string_view name(Operation operation) noexcept;

struct AuditLine {
  std::string time;  // the server's local time, as it is written
  std::string user, host;
  std::uint64_t connection = 0, query = 0;
  Operation operation = Operation::other;
  std::string database, table;
  std::int64_t code = 0;  // of a statement or connection; 0: it was done
  std::string verb;       // of a statement: its first word in small letters; letters only
  std::string trace;      // 32 hex digits that the caller wrote into a comment kw:TRACE or kw:TRACE-SPAN; empty: none
  std::string span;       // 16 hex digits, of the request that the statement serves; empty: not told
  bool about_audit = false;  // a statement that names the plugin's own settings
};

/// parse_audit_line: Errc::malformed, Errc::too_large.
Result<AuditLine> parse_audit_line(std::string_view line);

}  // namespace kw::dbaudit

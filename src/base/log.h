#pragma once
// Log is the port for operators' debug lines; it is never the audit record, and never sees secrets or personal data.
#include <initializer_list>
#include <string_view>
#include <utility>

namespace kw {

enum class LogLevel { debug, info, warning, error };

class Log {
 public:
  using Field = std::pair<std::string_view, std::string_view>;
  virtual ~Log() = default;
  /// write emits one line: an event word ("link.closed") and key=value fields. Thread-safe.
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) = 0;

  void info(std::string_view event, std::initializer_list<Field> fields = {}) { write(LogLevel::info, event, fields); }
  void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(LogLevel::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<Field> fields = {}) { write(LogLevel::error, event, fields); }
};

/// NullLog drops everything; for code under test that is not about logging.
class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view, std::initializer_list<Field>) override {}
};

}  // namespace kw

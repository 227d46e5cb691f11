#pragma once
// SpdlogLog writes operators' debug lines as one line of logfmt each, to standard error or to a file.
//
// Line: `time=2026-11-23T08:15:30.123Z level=info event=link.closed reason="peer went away"`. Values with blanks,
// quotes, '=' or control characters are quoted and escaped, so that no value can start a line of its own; a value is
// cut at 1024 octets. Thread-safe. Exceptions of spdlog stop here: a line that cannot be written is counted in
// `lost()`, for there is no other place to tell of it.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace spdlog {
class logger;
}

namespace kw::platform {

class SpdlogLog final : public Log {
 public:
  static Result<std::unique_ptr<SpdlogLog>> to_stderr(LogLevel least = LogLevel::info);
  /// to_file appends to a file (made with its directory where they are missing); Errc::io names what is wrong.
  static Result<std::unique_ptr<SpdlogLog>> to_file(const std::string& path, LogLevel least = LogLevel::info);

  void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) override;
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  explicit SpdlogLog(std::shared_ptr<spdlog::logger> logger, LogLevel least);
  std::shared_ptr<spdlog::logger> logger_;
  LogLevel least_;
  std::atomic<std::uint64_t> lost_{0};
};

/// logfmt renders event and fields without time and level. PURE.
[[nodiscard]] std::string logfmt(std::string_view event, std::initializer_list<Log::Field> fields);

}  // namespace kw::platform

#include "platform/linux/spdlog_log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

#include "landing/guard.h"

namespace kw::platform {
namespace {

constexpr std::size_t kMostLoggedValue = 1024;
constexpr std::size_t kMostLookedAt = 8 * kMostLoggedValue;  // so that a cut leaves no part of a number
// The level is written by hand: spdlog's own words differ from ours, and UTC needs the pattern's time type.
constexpr auto kPattern = "time=%Y-%m-%dT%H:%M:%S.%eZ %v";

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view word(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

bool is_plain(std::string_view value) {
  for (const char c : value)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  return !value.empty();
}

void append_quoted(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (octet < 0x20 || octet == 0x7f) {
      out += "\\x";
      out += kHex[octet >> 4];
      out += kHex[octet & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string logfmt(std::string_view event, std::initializer_list<Log::Field> fields) {
  std::string out = "event=";
  is_plain(event) ? void(out += event) : append_quoted(out, event);
  for (const auto& [key, whole] : fields) {
    // Whoever logs sees to it that nothing personal is in it; a path or an error's text may bring some all the same.
    const auto value = landing::masked_text(whole.substr(0, kMostLookedAt)).substr(0, kMostLoggedValue);
    out += ' ';
    out += key;
    out += '=';
    is_plain(value) ? void(out += value) : append_quoted(out, value);
  }
  return out;
}

SpdlogLog::SpdlogLog(std::shared_ptr<spdlog::logger> logger, LogLevel least)
    : logger_(std::move(logger)), least_(least) {
  logger_->set_pattern(kPattern, spdlog::pattern_time_type::utc);
  logger_->set_level(level_of(least));
  logger_->flush_on(spdlog::level::info);
  logger_->set_error_handler([this](const std::string&) { ++lost_; });
}

Result<std::unique_ptr<SpdlogLog>> SpdlogLog::to_stderr(LogLevel least) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::unique_ptr<SpdlogLog>(new SpdlogLog(std::make_shared<spdlog::logger>("kw", std::move(sink)), least));
}

Result<std::unique_ptr<SpdlogLog>> SpdlogLog::to_file(const std::string& path, LogLevel least) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    return std::unique_ptr<SpdlogLog>(new SpdlogLog(std::make_shared<spdlog::logger>("kw", std::move(sink)), least));
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Errc::io, "log file " + path + ": " + error.what());
  }
}

void SpdlogLog::write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < least_) return;
  std::string line = "level=";
  line += word(level);
  line += ' ';
  line += logfmt(event, fields);
  logger_->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace kw::platform

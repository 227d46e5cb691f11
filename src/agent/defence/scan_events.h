#pragma once
// scan_events words what a scanning gate tells, alike for every section that stands on one: malware, marked documents.
//
// Free functions, thread-safe.
#include "base/text.h"
#include "device/defence.h"
#include "device/malware/ports.h"

namespace kw::agent {

/// scan_path is a path, or other text of foreign making, as events and facts show it.
[[nodiscard]] inline std::string scan_path(const std::string& path) { return clean_text(path, 512); }

/// found_key gathers equal findings: same file, same content, same end.
[[nodiscard]] inline std::string found_key(const device::FoundTold& told) {
  const auto& digest = told.file.digest;
  return told.file.path + (digest ? to_hex(*digest) : std::string()) + (told.file.refused ? "!" : "");
}

/// found_event: `what` is the parameter that names what was found.
[[nodiscard]] inline device::v1::Event found_event(std::string type, const char* what, const device::FoundTold& told,
                                                   std::uint64_t count) {
  const auto& file = told.file;
  return device::defence_event(std::move(type), file.refused ? "blocked" : "observed",
                               {{"path", scan_path(file.path)},
                                {what, file.name},
                                {"digest", file.digest ? to_hex(*file.digest) : std::string()},
                                {"use", std::string(name(file.use))},
                                {"process", told.process},
                                {"pid", file.pid > 0 ? std::to_string(file.pid) : std::string()},
                                {"user", told.user},
                                {"count", std::to_string(count)}});
}

[[nodiscard]] inline device::v1::Event unjudged_event(std::string type, const device::UnjudgedTold& told,
                                                      std::uint64_t count) {
  return device::defence_event(std::move(type), told.file.refused ? "blocked" : "observed",
                               {{"reason", std::string(name(told.file.why))},
                                {"detail", scan_path(told.file.detail)},
                                {"path", scan_path(told.file.path)},
                                {"process", told.process},
                                {"user", told.user},
                                {"count", std::to_string(count)}});
}

}  // namespace kw::agent

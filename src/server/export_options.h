#pragma once
// ExportPlaces are the directories of audit export on this machine ([export] of server.toml).
#include <filesystem>

namespace kw::server {

struct ExportPlaces {
  std::filesystem::path directory;                                // one profile a target; empty: none
  std::filesystem::path shipped = "/usr/share/kioskward/export";  // profiles to begin with; need not be there
  /// What a profile that is saved over the API may name: files below trust, gates below gates. Whoever may save one
  /// would else read any file of the platform's by sending it to himself, or write files anywhere (ADR 64).
  std::filesystem::path trust = "/etc/kioskward/export";
  std::filesystem::path gates = "/var/lib/kioskward/export";
};

}  // namespace kw::server

#pragma once
// Exports is the repository of audit export: how far each target is, and which records its receiver refused.
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

struct Export {
  std::string name;
  Bytes profile;                           // SM3 of its file
  bool active = true;                      // its file is there
  Bytes ledger;                            // identity that its records' numbers were made from, 32 octets
  std::uint64_t cursor = 0, open_end = 0;  // ledger indices; open_end 0: no batch under way
  bool paused = false;
  std::uint64_t sent = 0, refused = 0;  // records that the receiver confirmed, and those of them that it refused
  std::uint64_t told = 0;               // refusals that an event has told
  Bytes stall;                          // case of the alarm; empty: not stalled
  std::optional<Timestamp> stalled_since, last_success;
  std::string last_error;  // empty after a success
};

struct ExportRefusal {
  std::uint64_t index = 0;
  std::string number, code;
  Timestamp time;
};

class Exports {
 public:
  virtual ~Exports() = default;
  virtual Result<> insert(const Export& target) = 0;  // Errc::already_exists
  virtual Result<Export> get(const std::string& name) = 0;
  virtual Result<std::vector<Export>> list() = 0;  // by name
  /// update writes everything but the name and the ledger's identity; Errc::not_found.
  virtual Result<> update(const Export& target) = 0;
  /// refuse keeps a refusal; one that is known stays as it is: false then.
  virtual Result<bool> refuse(const std::string& name, const ExportRefusal& refusal) = 0;
  virtual Result<std::vector<ExportRefusal>> refusals(const std::string& name, std::size_t most) = 0;  // newest first
};

}  // namespace kw::store

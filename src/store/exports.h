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
  std::string last_error;                                    // empty after a success
  std::uint64_t part_limit = 0, part_end = 0, in_a_row = 0;  // exports::Breakup
};

/// refused: kept, not at the receiver. asked: to be sent again. taken: sent again, and the receiver took it.
enum class ExportRecordState : std::uint8_t { refused, asked, taken };

struct ExportRefusal {
  std::uint64_t index = 0;
  std::string number, code;
  Timestamp time;
  bool whole = false;  // its batch was refused whole, and broken up to find it
  ExportRecordState state = ExportRecordState::refused;
  std::optional<Timestamp> settled{};  // when the receiver took it
};

/// One version of a profile that is kept here.
struct ExportProfile {
  std::string name;
  std::uint64_t version = 0;  // from 1
  std::string text;
  Bytes digest;  // SM3 of the text
  std::string saved_by;
  Timestamp saved;
  std::string reason;
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
  virtual Result<ExportRefusal> refusal(const std::string& name, const std::string& number) = 0;
  /// settle writes state, code, times of a refusal that is known; Errc::not_found.
  virtual Result<> settle(const std::string& name, const ExportRefusal& refusal) = 0;
  virtual Result<std::vector<ExportRefusal>> asked(const std::string& name, std::size_t most) = 0;  // oldest first
  virtual Result<std::uint64_t> aside(const std::string& name) = 0;  // refusals that are not taken

  virtual Result<> save_profile(const ExportProfile& profile) = 0;   // Errc::already_exists for a version that is there
  virtual Result<std::vector<ExportProfile>> newest_profiles() = 0;  // of each name, by name
  virtual Result<std::vector<ExportProfile>> profile_versions(const std::string& name) = 0;  // newest first
};

}  // namespace kw::store

#pragma once
// ProgramRules is policy and baseline together, as the gate asks them: is this digest known, is that file a script.
//
// PURE; immutable once made, any thread.
#include <memory>

#include "base/time.h"
#include "device/programs/program_list.h"
#include "kioskward/v1/common.pb.h"

namespace kw::device {

enum class Standing { unknown, known, denied };

struct ProgramRules {
  v1::Mode mode = v1::OFF;
  std::shared_ptr<const ProgramList> list;   // null: no baseline yet; then nothing is known
  std::vector<crypto::Digest> allow, deny;   // sorted
  std::vector<crypto::Digest> interpreters;  // sorted; beyond those that the list marks
  std::vector<std::string> suffixes, data_paths;
  bool strict = false, libraries = false, allow_late = false;
  Duration verdict = std::chrono::milliseconds(50);

  /// make takes the policy's part; `interpreters` are the digests of the interpreters that it names, as found on disk.
  static ProgramRules make(const v1::ProgramPolicy& policy, std::shared_ptr<const ProgramList> list,
                           std::vector<crypto::Digest> interpreters);

  [[nodiscard]] Standing standing(const crypto::Digest& digest) const;
  [[nodiscard]] bool is_interpreter(const crypto::Digest& digest) const;
  [[nodiscard]] bool has_script_suffix(std::string_view path) const;
  [[nodiscard]] bool is_data(std::string_view path) const;
};

}  // namespace kw::device

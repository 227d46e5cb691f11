#pragma once
// Gate answers the kernel's question whether a file may be opened or run, by the digest of its content (clause 9.7-d).
//
//   question about                       | judged                              | kernel may stop asking (ignore)
//   a program that is run                | always                              | known, and only root can write it
//   any file that is known               | -                                   | known, and only root can write it
//   ELF file, `libraries`                | always                              | as above
//   file that an interpreter opens       | "#!", ELF, a script's name; strict: |
//                                        | what others than root can write     | as above
//   ELF, "#!" or a script's name, opened | no: data                            | never: an interpreter may come later
//   by a program that is no interpreter  |                                     |
//   anything else                        | no: data                            | opens only; only root can write it
//
// An interpreter is told by the digest of the program that the asking process runs, not by its path; a process whose
// program is not known counts as one. What is judged and has no digest yet is hashed elsewhere: in ENFORCE the question
// waits, at most ProgramRules::verdict, and then gets policy's answer for late ones; in WATCH it is answered at once.
// Own processes are never kept waiting. Equal files that wait are hashed once.
//
// PURE and not thread-safe. Each step appends to `GateSteps`; the caller carries them out in order.
#include <map>
#include <optional>

#include "device/programs/digest_cache.h"
#include "device/programs/rules.h"

namespace kw::device {

struct OpenedFile {
  FileIdentity identity;
  bool regular = true;
  bool root_only = false;      // owned by root, and nobody else may write it
  bool settled = true;         // FileIdentity, at the time of the question
  std::array<Byte, 4> head{};  // zeroes behind a shorter file's end
};
struct Question {
  std::uint64_t id = 0;
  bool running = false;  // the file is to be run; false: opened
  int pid = 0;           // 0 where the process is not to be seen from here
  OpenedFile file;
};

enum class Judgement { unknown, denied, late, writable, unreadable };
[[nodiscard]] std::string_view name(Judgement judgement) noexcept;

/// A program that policy does not let through, for telling.
struct ProgramSeen {
  Judgement why = Judgement::unknown;
  bool refused = false;  // false: it was let through, and this is what enforcing would have done
  bool running = false;
  int pid = 0;
  std::string path;
  std::optional<crypto::Digest> digest;
};

struct GateAnswer {
  std::uint64_t id = 0;
  bool allow = true;
  bool ignore = false;  // the kernel need not ask about this file again while it is not written
  bool runs = true;     // ... nor when it is run
};
struct GateSteps {
  std::vector<GateAnswer> answers;
  std::vector<std::uint64_t> hash;  // questions whose file is to be hashed; the answer comes with hashed()
  std::vector<ProgramSeen> seen;
  void clear() {
    answers.clear();
    hash.clear();
    seen.clear();
  }
};

/// GateEyes looks at the process table and at names, which costs time: only when a question turns on it.
class GateEyes {
 public:
  virtual ~GateEyes() = default;
  /// program_of tells the file that a process runs; nothing where it has gone or has none.
  virtual std::optional<FileIdentity> program_of(int pid) = 0;
  virtual std::string path_of(std::uint64_t question) = 0;
};

class Gate {
 public:
  static constexpr std::size_t kMostWaiting = 512;  // each holds a descriptor

  explicit Gate(int own_pid) : own_pid_(own_pid) {}
  /// use puts rules in force; the caller has the kernel forget what it stopped asking about. Waiting questions are
  /// judged by the new rules when their digest comes.
  void use(std::shared_ptr<const ProgramRules> rules);
  [[nodiscard]] const ProgramRules& rules() const noexcept { return *rules_; }

  void ask(const Question& question, Duration now, GateEyes& eyes, GateSteps& steps);
  /// hashed brings the digest of the file that question `id` is about, or why there is none (Errc::conflict: it changed
  /// meanwhile).
  void hashed(std::uint64_t id, const Result<crypto::Digest>& digest, GateSteps& steps);
  /// expire answers what has waited too long.
  void expire(Duration now, GateSteps& steps);
  /// deadline is when expire() has something to do.
  [[nodiscard]] std::optional<Duration> deadline() const;

  /// learnt takes a digest that was found without a question (a first look at the baseline's files), and says whether
  /// the kernel need not ask about the file.
  bool learnt(const OpenedFile& file, const crypto::Digest& digest);
  /// written: somebody who could write the file has closed it.
  void written(const FileIdentity& file) { cache_.forget(file); }

  struct Counts {
    std::uint64_t asked = 0, known = 0, data = 0, hashed = 0, refused = 0, late = 0;
  };
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct Waiting {
    Question question;
    std::string path;
    Duration until{0};
    bool answered = false;
  };
  enum class Subject { data, plain, program };  // plain: data whoever opens it
  Subject subject_of(const Question& question, GateEyes& eyes, std::string& path);
  bool opened_by_interpreter(int pid, GateEyes& eyes);
  void judge(const Waiting& waiting, const crypto::Digest& digest, GateSteps& steps);
  void refuse(const Waiting& waiting, Judgement why, std::optional<crypto::Digest> digest, GateSteps& steps);
  [[nodiscard]] bool may_ignore(const OpenedFile& file) const { return file.root_only && file.settled; }

  int own_pid_;
  std::shared_ptr<const ProgramRules> rules_ = std::make_shared<ProgramRules>();
  DigestCache cache_;
  std::map<std::uint64_t, Waiting> waiting_;                         // by question
  std::map<FileIdentity, std::vector<std::uint64_t>> being_hashed_;  // the first one is with the hasher
  Counts counts_;
};

}  // namespace kw::device

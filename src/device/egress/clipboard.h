#pragma once
// ClipboardEngine says what becomes of the clipboards of a screen (clauses 9.7-b, 9.7-e); the functions below judge
// what lies in one, and word what the process that watches them and the guard say to each other.
//
//   empty ── owned ──> waiting ── due: always ──> left (clear)
//                              └─ due ──> reading ── judged ──> left (clear, tell) or lying ── idle ──> left (clear)
//   every state but empty ── session_ended ──> left (clear)
//
// A clipboard is read at most once every kPause, so that two programs that take it from each other cost little. Only
// lengths and the name of a rule leave the process: never content, nor a digest of it. PURE; one thread.
#include <array>
#include <functional>
#include <optional>

#include "base/time.h"
#include "device/egress/document.h"

namespace kw::device {

enum class Selection : std::uint8_t { clipboard, primary, secondary };
inline constexpr std::size_t kSelections = 3;
inline constexpr std::size_t kMostClipboard = std::size_t{1} << 20;   // octets of one content that are looked at
inline constexpr std::size_t kMostClipboardText = std::size_t{8} << 10;  // of a message below

struct ClipboardRules {
  bool enforce = false;            // else nothing is cleared, and news say what would have been
  bool always = false;             // cleared unread
  bool refuse_unreadable = false;
  std::uint32_t idle_seconds = 0;  // 0: what is not marked stays
  std::vector<std::string> words;  // policy's markings, UTF-8
  bool operator==(const ClipboardRules&) const = default;
};

enum class ClipboardReason : std::uint8_t { marked, unreadable, always, idle, session };
enum class ClipboardOutcome : std::uint8_t { observed, cleared, failed };

/// What was found in one clipboard: `detail` is the name of the rule, or why it could not be read.
struct ClipboardReading {
  DocumentVerdict verdict = DocumentVerdict::unreadable;
  std::string detail;
  std::uint64_t octets = 0;
};
/// read_clipboard judges one content as a document is judged.
[[nodiscard]] ClipboardReading read_clipboard(ByteView content, std::span<const std::string> words);

/// What the watching process says: that it watches, that it is there, what it did, why it ends.
struct ClipboardNews {
  enum class Kind : std::uint8_t { watching, alive, told, trouble };
  Kind kind = Kind::alive;
  Selection selection = Selection::clipboard;  // this and the next three: of `told`
  ClipboardReason reason = ClipboardReason::marked;
  ClipboardOutcome outcome = ClipboardOutcome::observed;
  std::uint64_t octets = 0;  // 0: not known
  std::string detail;        // clean text, at most 96 octets
  bool operator==(const ClipboardNews&) const = default;
};
[[nodiscard]] std::string_view name(Selection selection) noexcept;
[[nodiscard]] std::string_view name(ClipboardReason reason) noexcept;

// Errc::malformed, Errc::too_large.
[[nodiscard]] std::string clipboard_rules_text(const ClipboardRules& rules);
[[nodiscard]] Result<ClipboardRules> parse_clipboard_rules(std::string_view text);
[[nodiscard]] std::string clipboard_news_text(const ClipboardNews& news);
[[nodiscard]] Result<ClipboardNews> parse_clipboard_news(std::string_view text);
/// The guard's question, which `alive` answers.
inline constexpr std::string_view kClipboardAsk = "ask\n";
/// The guard's word that the kiosk's user is done; nothing answers it.
inline constexpr std::string_view kClipboardSessionEnd = "session end\n";

struct ClipboardStep {
  enum class What : std::uint8_t { read, clear, tell };
  What what = What::read;
  ClipboardNews news;  // its selection always; the rest where it is told, with the outcome if it succeeds
};

class ClipboardEngine {
 public:
  static constexpr Duration kPause = std::chrono::milliseconds(100);
  explicit ClipboardEngine(ClipboardRules rules) : rules_(std::move(rules)) {}

  /// owned: a program has put something there. emptied: nobody has, or this program has taken it.
  void owned(Selection selection, Duration now);
  void emptied(Selection selection);
  /// judged answers a step `read`; one that nobody waits for is ignored.
  void judged(Selection selection, const ClipboardReading& reading, Duration now);
  /// session_ended: what lies in a clipboard goes, whatever it is.
  void session_ended();
  /// due gives what is to be done now. `idle` tells for how long nobody touched the screen; it is asked at need only.
  [[nodiscard]] std::vector<ClipboardStep> due(Duration now, const std::function<Duration()>& idle);
  /// next is when due() may have something again; nothing while it has not.
  [[nodiscard]] std::optional<Duration> next() const;
  [[nodiscard]] const ClipboardRules& rules() const noexcept { return rules_; }

 private:
  enum class State : std::uint8_t { empty, waiting, reading, lying, left };
  struct One {
    State state = State::empty;
    Duration since{0}, at{0};  // content came; to be looked at again
    std::optional<Duration> read;
    std::uint64_t octets = 0;
  };
  One& of(Selection selection) { return all_.at(static_cast<std::size_t>(selection)); }
  void leave(Selection selection, ClipboardReason reason, bool clear, std::string detail);

  ClipboardRules rules_;
  std::array<One, kSelections> all_;
  std::vector<ClipboardStep> steps_;
};

}  // namespace kw::device

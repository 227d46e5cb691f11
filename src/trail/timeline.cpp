#include "trail/timeline.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>

#include "trail/critical_path.h"

namespace kw::trail {
namespace {

constexpr std::int64_t kNsPerUs = 1000;
constexpr std::int64_t kMostUs = std::int64_t{7} * 24 * 3600 * 1'000'000;  // a longer span is a clock's mistake

struct KindRow {
  std::string_view type;
  SpanKind kind;
};
constexpr std::array kKinds{
    KindRow{"business.session.started", SpanKind::session}, KindRow{"business.step", SpanKind::step},
    KindRow{"business.request", SpanKind::request},         KindRow{"business.vault", SpanKind::request},
    KindRow{"service.request", SpanKind::broker},           KindRow{"database.operation", SpanKind::database}};

SpanKind kind_of(std::string_view type) {
  const auto at = std::ranges::find(kKinds, type, &KindRow::type);
  return at == kKinds.end() ? SpanKind::mark : at->kind;
}

std::string param(const TrailEntry& entry, const char* key) {
  const auto at = entry.params.find(key);
  return at == entry.params.end() ? std::string() : at->second;
}

std::int64_t duration_of(const TrailEntry& entry) {
  const auto text = param(entry, "duration_us");
  std::int64_t out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size() ? std::clamp<std::int64_t>(out, 0, kMostUs) : 0;
}

struct Node {
  TimelineItem item;
  std::int64_t start_ns = 0, end_ns = 0;
  std::string span, parent_span;
  std::optional<std::size_t> parent;  // every node but the first has one when the tree stands
};

/// Builder holds the nodes while they become a tree. Node 0 is the session.
class Builder {
 public:
  explicit Builder(const std::vector<TrailEntry>& entries) : entries_(entries) {}

  Timeline build() {
    add_session();
    for (std::size_t i = 0; i < entries_.size(); ++i) add(i);
    link();
    hang_statements();
    break_rings();
    place_statements();
    move_platform_spans();
    bound_session();
    mark_critical();
    return out();
  }

 private:
  void add_session() {
    Node root;
    root.item.kind = SpanKind::session;
    const auto started = std::ranges::find(entries_, "business.session.started", &TrailEntry::type);
    const auto ended = find_end();
    if (started != entries_.end()) {
      root.item.entry = static_cast<std::size_t>(started - entries_.begin());
      root.span = param(*started, "span");
      root.start_ns = root.end_ns = started->time_ns;
      root.item.error = started->result != "success";
      timeline_.session = param(*started, "session");
      timeline_.matter = param(*started, "matter");
      timeline_.reason = param(*started, "reason");
    }
    if (ended != entries_.end()) {
      root.end_ns = ended->time_ns;
      root.start_ns = ended->time_ns - duration_of(*ended) * kNsPerUs;
      timeline_.ended = true;
      timeline_.reason = param(*ended, "reason");
      if (root.span.empty()) root.span = param(*ended, "span");
      if (timeline_.session.empty()) timeline_.session = param(*ended, "session");
      if (started == entries_.end()) root.item.entry = static_cast<std::size_t>(ended - entries_.begin());
    }
    bounded_ = started != entries_.end() || ended != entries_.end();
    nodes_.push_back(std::move(root));
  }

  /// The platform ends a session that its kiosk has lost; where the kiosk's own word comes late, that one knows how
  /// long.
  std::vector<TrailEntry>::const_iterator find_end() const {
    auto out = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at)
      if (at->type == "business.session.ended" && (out == entries_.end() || at->params.contains("duration_us")))
        out = at;
    return out;
  }

  void add(std::size_t i) {
    const auto& entry = entries_[i];
    if (bounded_ && i == nodes_.front().item.entry) return;
    if (entry.type == "business.session.ended") return;  // it is the session's end
    Node node;
    node.item.kind = kind_of(entry.type);
    if (node.item.kind == SpanKind::session) node.item.kind = SpanKind::mark;  // a second one of the same trace
    node.item.entry = i;
    node.item.error = entry.result != "success" && entry.result != "observed";
    node.end_ns = entry.time_ns;
    node.start_ns = entry.time_ns - duration_of(entry) * kNsPerUs;
    const bool statement = node.item.kind == SpanKind::database;
    node.parent_span = param(entry, statement ? "span" : "parent");
    if (!statement) node.span = param(entry, "span");
    nodes_.push_back(std::move(node));
  }

  void link() {
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (!nodes_[i].span.empty()) places.emplace(nodes_[i].span, i);
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      const auto at = places.find(nodes_[i].parent_span);
      nodes_[i].parent = at == places.end() || at->second == i ? 0 : at->second;
    }
  }

  /// A statement that names no request belongs to the newest one that the platform had sent before it was recorded.
  void hang_statements() {
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      auto& node = nodes_[i];
      if (node.item.kind != SpanKind::database || node.parent != 0) continue;
      std::optional<std::size_t> best;
      for (std::size_t j = 1; j < nodes_.size(); ++j) {
        const auto& one = nodes_[j];
        if (one.item.kind != SpanKind::broker || one.start_ns > node.end_ns) continue;
        if (!best || one.start_ns > nodes_[*best].start_ns) best = j;
      }
      if (best) node.parent = best;
    }
  }

  /// Spans that name each other as their parents would hang below nothing: they are hung below the session.
  void break_rings() {
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      std::size_t at = i;
      for (std::size_t steps = 0; at != 0; at = *nodes_[at].parent) {
        if (++steps <= nodes_.size()) continue;
        nodes_[i].parent = 0;
        break;
      }
    }
  }

  void place_statements() {
    for (auto& node : nodes_)
      if (node.item.kind == SpanKind::database && node.parent && *node.parent != 0)
        node.start_ns = node.end_ns = nodes_[*node.parent].end_ns;
  }

  void shift(std::size_t i, std::int64_t by) {
    for (auto& node : nodes_) {
      const bool below = node.item.kind == SpanKind::database && node.parent == i;
      if (!below && &node != &nodes_[i]) continue;
      node.start_ns += by;
      node.end_ns += by;
    }
    nodes_[i].item.moved = true;
  }

  void move_platform_spans() {
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      const auto& node = nodes_[i];
      if (node.item.kind != SpanKind::broker || node.parent == 0) continue;
      const auto& parent = nodes_[*node.parent];
      if (node.start_ns >= parent.start_ns && node.end_ns <= parent.end_ns) continue;
      const auto room = (parent.end_ns - parent.start_ns) - (node.end_ns - node.start_ns);
      shift(i, parent.start_ns + std::max<std::int64_t>(room, 0) / 2 - node.start_ns);
    }
  }

  /// A session that has not told its end, or an entry of which is earlier than its beginning, is as long as what it
  /// holds.
  void bound_session() {
    auto& root = nodes_.front();
    if (!bounded_) root.start_ns = nodes_.at(1).start_ns, root.end_ns = nodes_.at(1).end_ns;
    for (const auto& node : nodes_) {
      const bool timed = node.item.kind != SpanKind::mark && node.item.kind != SpanKind::database;
      if (!timed) continue;
      root.start_ns = std::min(root.start_ns, node.start_ns);
      if (!timeline_.ended) root.end_ns = std::max(root.end_ns, node.end_ns);
    }
  }

  void mark_critical() {
    std::vector<PathSpan> spans;
    for (const auto& node : nodes_) spans.push_back({node.start_ns, node.end_ns, node.parent});
    for (const auto& section : critical_path(spans, 0))
      nodes_[section.span].item.critical_us += (section.to - section.from) / kNsPerUs;
  }

  Timeline out() {
    const auto& root = nodes_.front();
    timeline_.start_ns = root.start_ns;
    timeline_.duration_us = (root.end_ns - root.start_ns) / kNsPerUs;
    std::vector<std::vector<std::size_t>> children(nodes_.size());
    for (std::size_t i = 1; i < nodes_.size(); ++i) children[*nodes_[i].parent].push_back(i);
    for (auto& list : children)
      std::ranges::stable_sort(list, {}, [this](std::size_t i) { return nodes_[i].start_ns; });
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, 0}};  // place, depth
    while (!open.empty()) {
      const auto [at, depth] = open.back();
      open.pop_back();
      auto item = nodes_[at].item;
      item.depth = depth;
      item.start_us = (nodes_[at].start_ns - root.start_ns) / kNsPerUs;
      item.duration_us = (nodes_[at].end_ns - nodes_[at].start_ns) / kNsPerUs;
      timeline_.errors += item.error ? 1U : 0U;
      if (at != 0 || bounded_) timeline_.items.push_back(item);
      for (auto child = children[at].rbegin(); child != children[at].rend(); ++child)
        open.emplace_back(*child, depth + 1);
    }
    return std::move(timeline_);
  }

  const std::vector<TrailEntry>& entries_;
  Timeline timeline_;
  std::vector<Node> nodes_;
  bool bounded_ = false;  // the session itself is among the entries
};

}  // namespace

std::string_view name(SpanKind kind) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"session", "step", "request", "broker", "database", "mark"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Result<Timeline> build_timeline(const std::vector<TrailEntry>& entries) {
  if (entries.size() > kMostTrailEntries) return fail(Errc::too_large, "entries of one trace");
  if (entries.empty()) return fail(Errc::not_found, "no entry of this trace");
  return Builder(entries).build();
}

}  // namespace kw::trail

#include "server/landing_desk.h"

#include <algorithm>

#include "base/text.h"
#include "server/change.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

using landing::HitKind;
using landing::Landing;

constexpr std::size_t kMostIdleStreams = 16;

/// Where text may not be lost everything is masked.
bool masks_all(LandingPlace place) { return place != LandingPlace::vault; }

Happening happening_of(const LandingTally& tally) {
  const bool marking = tally.kind == landing::name(HitKind::marking);
  Happening out{.type = marking ? "landing.marking" : "landing.hit", .result = "blocked"};
  out.params = {{"place", std::string(word(tally.place))},
                {"kind", tally.kind},
                {"count", std::to_string(tally.count)},
                {"action", tally.refused ? "refused" : "masked"}};
  if (!tally.rule.empty()) out.params["rule"] = tally.rule;
  return out;
}

}  // namespace

std::string_view word(LandingPlace place) noexcept {
  constexpr std::array<std::string_view, 4> kWords{"audit", "extract", "export", "vault"};
  return kWords.at(static_cast<std::size_t>(place));
}

Result<LandingRulebook> LandingRulebook::compile(std::string_view toml) {
  LandingRulebook out;
  KW_TRY(out.rules, patterns::parse_pattern_rules(toml));
  KW_TRY(out.database, patterns::PatternDatabase::compile(out.rules));
  return out;
}

Result<LandingRulebook> LandingRulebook::load(const std::filesystem::path& catalogue) {
  if (catalogue.empty()) return LandingRulebook();
  const auto path = catalogue / "landing" / "rules.toml";
  const auto text = read_public(path, patterns::kMostRuleFile);
  if (!text && text.code() == Errc::not_found) return LandingRulebook();
  if (!text) return text.error().within(path.string());
  auto out = compile(text_of(*text));
  if (!out) return out.error().within(path.string());
  return out;
}

/// Stream is one of the desk's, for one scan: from those that wait, or a new one.
class LandingDesk::Stream {
 public:
  static Result<Stream> take(LandingDesk& desk) {
    if (!desk.book_.database) return Stream(desk, std::nullopt);
    std::optional<patterns::PatternStream> waiting;
    {
      const std::lock_guard lock(desk.mutex_);
      if (!desk.idle_.empty()) {
        waiting.emplace(std::move(desk.idle_.back()));
        desk.idle_.pop_back();
      }
    }
    if (waiting) {
      KW_CHECK(waiting->again());
      return Stream(desk, std::move(waiting));
    }
    KW_TRY(auto made, patterns::PatternStream::open(*desk.book_.database));
    return Stream(desk, std::move(made));
  }
  Stream(Stream&& other) noexcept : desk_(other.desk_), stream_(std::move(other.stream_)) { other.stream_.reset(); }
  Stream& operator=(Stream&&) = delete;
  ~Stream() {
    if (!stream_) return;
    const std::lock_guard lock(desk_.mutex_);
    if (desk_.idle_.size() < kMostIdleStreams) desk_.idle_.push_back(std::move(*stream_));
  }
  [[nodiscard]] landing::RuleStream* rules() { return stream_ ? &*stream_ : nullptr; }

 private:
  Stream(LandingDesk& desk, std::optional<patterns::PatternStream> stream) : desk_(desk), stream_(std::move(stream)) {}
  LandingDesk& desk_;
  std::optional<patterns::PatternStream> stream_;
};

LandingDesk::LandingDesk(LandingRulebook rules, Log& log) : book_(std::move(rules)), log_(log) {
  deciding_.operators = book_.rules.actions();
  masking_ = {Landing::mask, Landing::mask, std::vector<Landing>(deciding_.operators.size(), Landing::mask)};
}

Result<landing::Landed> LandingDesk::scan(LandingPlace place, ByteView octets) {
  KW_TRY(auto stream, Stream::take(*this));
  return landing::land(octets, masks_all(place) ? masking_ : deciding_, stream.rules());
}

Result<landing::Landed> LandingDesk::land(LandingPlace place, ByteView octets) {
  auto out = scan(place, octets);
  if (!out) {
    log_.error("landing.failed", {{"place", word(place)}, {"error", out.error().text()}});
    return out;
  }
  if (!out->report.clean()) count(place, *out);
  return out;
}

std::string LandingDesk::masked(LandingPlace place, std::string_view text) {
  const auto landed = land(place, bytes_of(text));
  if (!landed || !landed->octets) return std::string(landing::kRefusedText);
  if (landed->report.clean()) return std::string(text);
  // A rule is of octets: where it ends within a character, what is left of that is none.
  return clean_text(text_of(*landed->octets), landed->octets->size());
}

void LandingDesk::count(LandingPlace place, const landing::Landed& landed) {
  const bool refused = !landed.octets;
  const std::lock_guard lock(mutex_);
  for (const auto& hit : landed.report.hits) ++counts_[{place, hit.kind, hit.rule, refused}].met;
  if (landed.report.more > 0) {  // not kept one by one: they count as the last of those that are
    const auto& last = landed.report.hits.back();
    counts_[{place, last.kind, last.rule, refused}].met += landed.report.more;
  }
}

LandingTally LandingDesk::tally_of(const Key& key, std::uint64_t count) const {
  LandingTally out{.place = key.place, .kind = std::string(landing::name(key.kind)), .refused = key.refused};
  if (key.kind == HitKind::rule) out.rule = book_.rules.rules.at(key.rule).name;
  out.count = count;
  return out;
}

Result<> LandingDesk::tick(Changes& changes, bool all) {
  const auto now = changes.clock().steady();
  std::vector<std::pair<Key, std::uint64_t>> due;  // and how many were met when it was looked at
  std::vector<LandingTally> tallies;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, count] : counts_) {
      if (count.met == count.told || (!all && count.last && now < *count.last + kTellEvery)) continue;
      due.emplace_back(key, count.met);
      tallies.push_back(tally_of(key, count.met - count.told));
    }
  }
  if (due.empty()) return {};
  KW_CHECK(changes.run([&](Change& change) -> Result<> {
    for (const auto& tally : tallies) KW_CHECK(change.record(happening_of(tally)));
    return {};
  }));
  const std::lock_guard lock(mutex_);
  for (const auto& [key, met] : due) {
    auto& count = counts_[key];
    count.told = met;
    count.last = now;
  }
  return {};
}

std::string masked_by(LandingDesk* desk, LandingPlace place, std::string_view text) {
  return desk != nullptr ? desk->masked(place, text) : landing::masked_text(text);
}

std::vector<LandingTally> LandingDesk::tallies() const {
  std::vector<LandingTally> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : counts_) out.push_back(tally_of(key, count.met));
  return out;
}

}  // namespace kw::server

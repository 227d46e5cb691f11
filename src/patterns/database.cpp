#include "patterns/database.h"

#include <hs/hs.h>

#include <algorithm>
#include <limits>

namespace kw::patterns {
namespace {

unsigned flags_of(const PatternRule& rule) {
  // Nothing else is offered: UTF-8 mode is undefined over octets that are none, prefilters and single matches report
  // what is not there or not all of it.
  return HS_FLAG_SOM_LEFTMOST | (rule.any_case ? HS_FLAG_CASELESS : 0U) | (rule.dot_all ? HS_FLAG_DOTALL : 0U) |
         (rule.multi_line ? HS_FLAG_MULTILINE : 0U);
}

tl::unexpected<Error> refused(const PatternRule& rule, const std::string& why) {
  return fail(Errc::invalid, "rule " + rule.name + ": " + why);
}

struct FreeError {
  void operator()(hs_compile_error_t* error) const noexcept { hs_free_compile_error(error); }
};
using CompileError = std::unique_ptr<hs_compile_error_t, FreeError>;

Result<> check_width(const PatternRule& rule) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto code = hs_expression_info(rule.pattern.c_str(), flags_of(rule), &info, &error);
  const CompileError kept(error);
  if (code != HS_SUCCESS) return refused(rule, kept ? kept->message : "refused");
  const auto least = info->min_width, most = info->max_width;
  std::free(info);  // allocated by malloc: no allocator is set
  if (least < kLeastWidth) return refused(rule, "matches less than 3 octets");
  if (most > kMostWidth) return refused(rule, "matches more than 1,024 octets, or without bound");
  return {};
}

}  // namespace

void PatternDatabase::FreeDatabase::operator()(hs_database* database) const noexcept { hs_free_database(database); }
void PatternDatabase::FreeScratch::operator()(hs_scratch* scratch) const noexcept { hs_free_scratch(scratch); }

Result<PatternDatabase> PatternDatabase::compile(const PatternRules& rules) {
  std::vector<const char*> patterns;
  std::vector<unsigned> flags, ids;
  for (const auto& rule : rules.rules) {
    KW_CHECK(check_width(rule));
    patterns.push_back(rule.pattern.c_str());
    flags.push_back(flags_of(rule));
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  hs_database_t* made = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto code = hs_compile_multi(patterns.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()),
                                     HS_MODE_STREAM | HS_MODE_SOM_HORIZON_SMALL, nullptr, &made, &error);
  const CompileError kept(error);
  if (code != HS_SUCCESS) {
    const auto at = kept ? kept->expression : -1;
    if (at >= 0 && static_cast<std::size_t>(at) < rules.rules.size())
      return refused(rules.rules[static_cast<std::size_t>(at)], kept->message);
    return fail(Errc::invalid, kept ? std::string("rules: ") + kept->message : "rules: refused");
  }
  PatternDatabase out;
  out.database_ = std::shared_ptr<hs_database>(made, FreeDatabase());
  out.rules_ = rules.rules.size();
  std::size_t stream = 0;
  if (hs_database_size(made, &out.octets_) != HS_SUCCESS || hs_stream_size(made, &stream) != HS_SUCCESS)
    return fail(Errc::internal, "rules: no size");
  if (out.octets_ > kMostDatabase || stream > kMostStream) return fail(Errc::too_large, "rules: too much memory");
  return out;
}

Result<PatternStream> PatternStream::open(const PatternDatabase& database) {
  PatternStream out;
  out.database_ = database.database_;
  out.waiting_.resize(database.rules_);
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(out.database_.get(), &scratch) != HS_SUCCESS) return fail(Errc::internal, "rules: no scratch");
  out.scratch_.reset(scratch);
  if (hs_open_stream(out.database_.get(), 0, &out.stream_) != HS_SUCCESS)
    return fail(Errc::internal, "rules: no stream");
  return out;
}

PatternStream::PatternStream(PatternStream&& other) noexcept
    : database_(std::move(other.database_)),
      scratch_(std::move(other.scratch_)),
      stream_(std::exchange(other.stream_, nullptr)),
      ended_(other.ended_),
      waiting_(std::move(other.waiting_)) {}

PatternStream::~PatternStream() {
  if (stream_ != nullptr) hs_close_stream(stream_, nullptr, nullptr, nullptr);
}

int PatternStream::matched(unsigned rule, unsigned long long from, unsigned long long to, unsigned, void* self) {
  static_cast<PatternStream*>(self)->take(rule, {from, to});
  return 0;
}

void PatternStream::take(std::uint32_t rule, Place place) {
  auto& last = waiting_.at(rule);
  if (last.to != 0 && place.from < last.to) {
    last = {std::min(last.from, place.from), std::max(last.to, place.to)};
    return;
  }
  if (last.to != 0) hits_->push_back({landing::HitKind::rule, last.from, last.to - last.from, rule});
  last = place;
}

Result<> PatternStream::put(ByteView piece, std::vector<landing::Hit>& hits) {
  if (stream_ == nullptr || ended_) return fail(Errc::wrong_state, "rules: the stream has ended");
  if (piece.size() > std::numeric_limits<unsigned>::max()) return fail(Errc::too_large, "rules: piece");
  hits_ = &hits;
  const auto code = hs_scan_stream(stream_, reinterpret_cast<const char*>(piece.data()),
                                   static_cast<unsigned>(piece.size()), 0, scratch_.get(), &matched, this);
  return code == HS_SUCCESS ? Result<>() : fail(Errc::internal, "rules: scan");
}

Result<> PatternStream::finish(std::vector<landing::Hit>& hits) {
  if (stream_ == nullptr || std::exchange(ended_, true)) return fail(Errc::wrong_state, "rules: the stream has ended");
  hits_ = &hits;
  // Tells what the end of the stream makes a match, and begins anew.
  const auto code = hs_reset_stream(stream_, 0, scratch_.get(), &matched, this);
  for (std::uint32_t rule = 0; rule < waiting_.size(); ++rule) {
    const auto& last = waiting_[rule];
    if (last.to != 0) hits.push_back({landing::HitKind::rule, last.from, last.to - last.from, rule});
  }
  return code == HS_SUCCESS ? Result<>() : fail(Errc::internal, "rules: end of stream");
}

Result<> PatternStream::again() {
  std::ranges::fill(waiting_, Place());
  if (stream_ == nullptr || hs_reset_stream(stream_, 0, nullptr, nullptr, nullptr) != HS_SUCCESS)
    return fail(Errc::internal, "rules: reset");
  ended_ = false;
  return {};
}

}  // namespace kw::patterns

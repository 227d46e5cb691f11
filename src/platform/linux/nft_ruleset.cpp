#include "platform/linux/nft_ruleset.h"

#include <algorithm>

#include "platform/linux/nft_child.h"
#include "platform/linux/nft_json.h"
#include "platform/linux/process.h"
#include "platform/linux/ruleset_queries.h"

namespace kw::platform {
namespace {

constexpr std::size_t kRememberedWriters = 8;
constexpr std::size_t kMostListing = std::size_t{64} << 20;  // sets of 100,000 elements print about 5 MiB

// Names go into nft's command line: letters, digits and the few marks that nft allows, so that none is read as syntax.
bool is_name(std::string_view text) {
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/';
  };
  return !text.empty() && text.size() < 128 && text.front() != '-' && std::all_of(text.begin(), text.end(), ok);
}

}  // namespace

NftRuleset::NftRuleset(Options options) : options_(std::move(options)) {}
NftRuleset::~NftRuleset() = default;

Result<> NftRuleset::ensure_child() {
  if (child_ && child_->alive()) return {};
  child_.reset();
  KW_TRY(child_, NftChild::start(options_.program));
  const std::lock_guard lock(writers_mutex_);
  if (writers_.size() == kRememberedWriters) writers_.erase(writers_.begin());
  writers_.push_back(static_cast<std::uint32_t>(child_->pid()));
  return {};
}

Result<> NftRuleset::warm_up() {
  const std::lock_guard lock(writing_);
  KW_CHECK(ensure_child());
  return child_->run("", options_.deadline);
}

Result<> NftRuleset::apply(const std::string& script) {
  const std::lock_guard lock(writing_);
  KW_CHECK(ensure_child());
  auto done = child_->run(script, options_.deadline);
  const bool lost = !done && (done.code() == Errc::timeout || done.code() == Errc::io);
  if (lost || child_->worn()) child_.reset();
  // The next child starts now, so that the next cut finds it ready; where it cannot, the next call tells.
  if (!lost && !child_) static_cast<void>(ensure_child());
  return done;
}

bool NftRuleset::is_writer(std::uint32_t pid) const {
  const std::lock_guard lock(writers_mutex_);
  return std::find(writers_.begin(), writers_.end(), pid) != writers_.end();
}

Result<std::string> NftRuleset::list(std::vector<std::string> arguments) const {
  for (auto it = arguments.begin() + 1; it != arguments.end(); ++it)
    if (!is_name(*it)) return fail(Errc::invalid, "not a name of nftables");
  arguments.insert(arguments.begin(), options_.program);
  KW_TRY(auto outcome, run_process({std::move(arguments), {}, options_.deadline, kMostListing}));
  if (outcome.exit_code == 0) return std::move(outcome.out);
  const auto line = outcome.err.substr(0, outcome.err.find('\n'));
  if (line.find("No such file or directory") != std::string::npos) return fail(Errc::not_found, "nft: " + line);
  if (line.find("Operation not permitted") != std::string::npos) return fail(Errc::not_permitted, "nft: " + line);
  return fail(Errc::io, "nft: " + line);
}

Result<std::string> NftRuleset::read_back(const std::string& family, const std::string& table) {
  return list({"-s", "list", "table", family, table});
}

Result<std::vector<device::RulesetPort::Counter>> NftRuleset::counters(const std::string& family,
                                                                       const std::string& table) {
  return read_counters(family, table);
}

Result<std::uint64_t> NftRuleset::generation() { return read_generation(); }

Result<std::vector<std::string>> NftRuleset::set_elements(const std::string& family, const std::string& table,
                                                          const std::string& set) {
  KW_TRY(const auto text, list({"-j", "list", "set", family, table, set}));
  return parse_set_elements(text);
}

}  // namespace kw::platform

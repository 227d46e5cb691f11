#pragma once
// NftRuleset is the RulesetPort over the `nft` program (a GPL program, and so a process).
//
// apply() goes to a kept `nft -i` child: one script is one transaction, in about 0.4 ms where a fresh process takes
// 5 to 16 ms. The child is started at the first apply (or by warm_up), in the network namespace of the calling
// thread, and replaced when it has died. Listings are fresh processes: `nft -s` (no counters, no dynamic state) and
// `nft -j`; counters and the generation are asked of the kernel itself (ruleset_queries.h).
// Errors of apply(): invalid (nft refused the script; its first words in the detail), timeout, not_permitted,
// not_found (no nft program), io. After timeout and io the outcome is unknown: read back.
// Thread-safe; calls that write are serialised.
#include <memory>
#include <mutex>

#include "base/time.h"
#include "device/ports.h"

namespace kw::platform {

class NftChild;

class NftRuleset final : public device::RulesetPort {
 public:
  struct Options {
    std::string program = "/usr/sbin/nft";
    Duration deadline = std::chrono::seconds(5);
  };
  explicit NftRuleset(Options options);
  NftRuleset() : NftRuleset(Options{}) {}
  ~NftRuleset() override;

  Result<> apply(const std::string& script) override;
  Result<std::string> read_back(const std::string& family, const std::string& table) override;
  Result<std::vector<Counter>> counters(const std::string& family, const std::string& table) override;
  Result<std::uint64_t> generation() override;
  Result<std::vector<std::string>> set_elements(const std::string& family, const std::string& table,
                                                const std::string& set) override;

  /// warm_up starts the child now, so that the first cut does not wait for it.
  Result<> warm_up();
  /// is_writer tells whether a process is (or lately was) this adapter's own nft; for RulesetMonitor.
  [[nodiscard]] bool is_writer(std::uint32_t pid) const;

 private:
  Result<std::string> list(std::vector<std::string> arguments) const;
  Result<> ensure_child();
  Options options_;
  std::mutex writing_;
  std::unique_ptr<NftChild> child_;
  mutable std::mutex writers_mutex_;
  std::vector<std::uint32_t> writers_;  // newest last, at most kRememberedWriters
};

}  // namespace kw::platform

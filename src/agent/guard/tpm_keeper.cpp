#include "agent/guard/tpm_keeper.h"

#include <boost/asio/post.hpp>

#include "device/hardware/quote.h"

namespace kw::agent {
namespace {

constexpr std::size_t kQuoteNonce = 32;

}  // namespace

TpmKeeper::TpmKeeper(boost::asio::any_io_executor executor, std::shared_ptr<device::TpmPort> tpm, Held held,
                     Ports ports)
    : executor_(std::move(executor)), tpm_(std::move(tpm)), held_(std::move(held)), ports_(ports) {
  if (!held_.state || !held_.facts || !tpm_) return;
  if (auto identity = identity_of(*held_.state, *held_.facts, *tpm_))
    identity_ = std::move(*identity);
  else
    held_.problem = identity.error();
}

void TpmKeeper::start() {
  if (!held_.moved.empty()) {
    ports_.log.info("tpm.keys_moved", {{"how", held_.moved}});
    const auto pcrs = held_.state ? device::PcrSet(held_.state->pcrs().begin(), held_.state->pcrs().end()) : device::PcrSet{};
    ports_.events.record(
        make_event("hardware.tpm.moved", "success", {{"how", held_.moved}, {"pcrs", device::pcr_list(pcrs)}}));
  }
  if (const auto problem = std::exchange(held_.problem, std::nullopt)) tell(problem);
}

void TpmKeeper::stop() {
  *alive_ = false;
  worker_.stop();
}

std::map<std::string, std::string> TpmKeeper::facts() const {
  const auto& seen = held_.facts;
  return {{"hardware.tpm", held_.problem ? "failed" : seen ? (seen->locked ? "locked" : "present") : "absent"},
          {"hardware.tpm.manufacturer", seen ? seen->manufacturer : ""},
          {"hardware.tpm.firmware", seen ? seen->firmware : ""},
          {"hardware.tpm.key", held_.state ? "tpm" : "file"},
          {"hardware.tpm.change_permitted", held_.state && held_.state->has_opening() ? "yes" : "no"}};
}

void TpmKeeper::want(std::string nonce, std::function<void()> ready) {
  if (!identity_ || nonce.size() != kQuoteNonce) return;  // the link process is not believed: 32 octets are what is asked
  ready_ = std::move(ready);
  quote_.reset();  // an answer to an older nonce answers nothing now
  if (busy_)
    next_ = std::move(nonce);
  else
    begin(std::move(nonce));
}

void TpmKeeper::begin(std::string nonce) {
  busy_ = true;
  worker_.run([this, alive = alive_, executor = executor_, tpm = tpm_, asking = asking_,
               key = held_.state->attestation_key(), pcrs = quoted_pcrs(*held_.state), nonce = std::move(nonce)] {
    auto quote = [&] {
      const std::lock_guard lock(*asking);
      return tpm->quote(key, pcrs, bytes_of(nonce));
    }();
    boost::asio::post(executor, [this, alive, quote = std::move(quote)]() mutable {
      if (*alive) done(std::move(quote));
    });
  });
}

void TpmKeeper::done(Result<v1::TpmQuote> quote) {
  busy_ = false;
  tell(quote ? std::nullopt : std::optional(quote.error()));
  if (!next_.empty()) return begin(std::exchange(next_, {}));  // the platform asks for another one by now
  if (quote) quote_ = std::move(*quote);
  if (ready_) std::exchange(ready_, nullptr)();
}

void TpmKeeper::tell(const std::optional<Error>& problem) {
  if (problem.has_value() == held_.problem.has_value()) return;
  held_.problem = problem;
  if (!problem) {
    ports_.log.info("tpm.back", {});
    ports_.events.record(make_event("hardware.tpm.back", "success"));
    return;
  }
  ports_.log.error("tpm.failed", {{"error", problem->text()}});
  ports_.events.record(make_event("hardware.tpm.failed", "observed",
                                  {{"reason", std::string(name(problem->code()))},
                                   {"key", held_.state ? "tpm" : "file"}}));
}

Result<> TpmKeeper::permit_change(Timestamp until) {
  if (!held_.state || !tpm_) return fail(Errc::wrong_state, "no TPM holds this kiosk's keys");
  const std::lock_guard lock(*asking_);
  return agent::permit_change(ports_.state, *held_.state, held_.auth, *tpm_, until);
}

void TpmKeeper::tick() {
  if (!held_.state || !held_.state->has_opening()) return;
  if (const auto dropped = drop_opening(ports_.state, *held_.state, ports_.clock.now()); !dropped)
    ports_.log.error("tpm.opening_not_dropped", {{"error", dropped.error().text()}});
}

}  // namespace kw::agent

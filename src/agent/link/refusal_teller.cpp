#include "agent/link/refusal_teller.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_client.h"
#include "schema/codec.h"

namespace kw::agent {

namespace asio = boost::asio;

struct RefusalTeller::Work : std::enable_shared_from_this<Work> {
  Work(asio::any_io_executor on, std::vector<net::Target> to, Log& with)
      : executor(std::move(on)), witnesses(std::move(to)), log(with) {}

  asio::awaitable<bool> tell_one(net::Target witness, std::string body) const {
    const auto name = net::authority(witness);
    net::HttpCall call("POST", "/refusal");
    call.body = std::move(body);
    call.max_answer = 4096;
    const auto answer = co_await net::http_exchange(std::move(witness), std::move(call), net::in(std::chrono::seconds(10)));
    const bool heard = answer && answer->status == 200;
    if (heard)
      log.info("ledger.refusal_told", {{"witness", name}});
    else
      log.warning("ledger.refusal_not_told", {{"witness", name}, {"error", answer ? "refused" : answer.error().text()}});
    co_return heard;
  }

  asio::awaitable<void> run(std::uint64_t turn, std::string body) {
    auto left = witnesses;
    asio::steady_timer timer(executor);
    while (!left.empty() && turn == now) {
      std::vector<net::Target> again;
      for (const auto& one : left) {
        auto witness = one;
        auto copy = body;
        const bool heard = co_await tell_one(std::move(witness), std::move(copy));
        if (!heard) again.push_back(one);
        if (turn != now) co_return;
      }
      left = std::move(again);
      if (left.empty()) co_return;
      pause = &timer;
      timer.expires_after(kAgain);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (turn == now) pause = nullptr;
    }
  }

  void next() {
    ++now;
    if (pause != nullptr) std::exchange(pause, nullptr)->cancel();
  }

  asio::any_io_executor executor;
  std::vector<net::Target> witnesses;
  Log& log;
  std::uint64_t now = 0;  // the refusal that counts
  asio::steady_timer* pause = nullptr;
};

RefusalTeller::RefusalTeller(asio::any_io_executor executor, std::vector<net::Target> witnesses, Log& log)
    : work_(std::make_shared<Work>(std::move(executor), std::move(witnesses), log)) {}

RefusalTeller::~RefusalTeller() { work_->next(); }

void RefusalTeller::tell(const kioskward::v1::Signed& refusal) {
  work_->next();
  if (work_->witnesses.empty()) return;
  asio::co_spawn(
      work_->executor,
      [](std::shared_ptr<Work> work, std::uint64_t turn, std::string body) -> asio::awaitable<void> {
        co_await work->run(turn, std::move(body));
      }(work_, work_->now, copy_text(schema::serialise(refusal))),
      asio::detached);
}

void RefusalTeller::forget() { work_->next(); }

}  // namespace kw::agent

#pragma once
// BusinessRoad carries a business program's sessions, requests and what it wants of the vault over the platform's link:
// several under way, each with its time, and an end at once where the link goes.
//
//   road.begin(message, [](std::string outcome) { ... });          // "begun", or a word of trail::is_reason
//   road.ask(message, 30s, [](ServiceResult result) { ... });
//   road.vault(message, 30s, [](v1::VaultAnswer answer) { ... });  // outcome "answered", or a word of is_reason
//
// Every call is answered exactly once, on the executor; never from within the call itself but for what is refused at
// once: no_link, busy. Not thread-safe. Messages: link.proto.
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>

#include "base/result.h"
#include "kioskward/v1/link.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

struct ServiceResult {
  std::string outcome = "answered";
  std::uint32_t status = 0;
  std::string content_type, body;
};

class BusinessRoad {
 public:
  using Write = std::function<void(v1::Envelope)>;
  using Begun = std::function<void(std::string outcome)>;
  using Answered = std::function<void(ServiceResult)>;
  using Vaulted = std::function<void(v1::VaultAnswer)>;
  static constexpr std::chrono::seconds kBeginPatience{15};

  explicit BusinessRoad(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  ~BusinessRoad();
  BusinessRoad(const BusinessRoad&) = delete;
  BusinessRoad& operator=(const BusinessRoad&) = delete;

  void up(Write write) { write_ = std::move(write); }
  /// down ends everything under way with link_lost.
  void down();
  void begin(const v1::SessionBegin& message, Begun done);
  void ask(const v1::ServiceRequest& message, std::chrono::milliseconds patience, Answered done);
  /// vault: as many under way as requests and these together may be.
  void vault(v1::VaultRequest message, std::chrono::milliseconds patience, Vaulted done);
  /// tell sends a wish whose answer nobody waits for; without a link, nothing.
  void tell(v1::VaultRequest message);
  /// take: Errc::malformed for what the platform does not send. An answer that comes after its time is dropped.
  Result<> take(const v1::SessionBegun& message);
  Result<> take(const v1::ServiceAnswer& message);
  Result<> take(v1::VaultAnswer message);
  [[nodiscard]] std::size_t under_way() const noexcept { return requests_.size() + vaulted_.size(); }

 private:
  struct Waiting {
    explicit Waiting(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    ServiceResult result;
    std::uint32_t size = 0;
    v1::VaultAnswer answer;
    Answered done;
    Begun begun;
    Vaulted vaulted;
  };
  using Waits = std::map<std::string, std::shared_ptr<Waiting>>;
  void wait(Waits& in, const std::string& key, const std::shared_ptr<Waiting>& waiting,
            std::chrono::milliseconds patience);
  static void finish(const std::shared_ptr<Waiting>& waiting, std::string outcome);
  void end(Waits& in, const std::string& key, std::string outcome);

  boost::asio::any_io_executor executor_;
  Write write_;  // empty: no link
  Waits sessions_, requests_, vaulted_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent

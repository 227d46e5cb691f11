#include "platform/linux/ruleset_monitor.h"

#include <linux/netfilter/nfnetlink.h>

#include <set>

#include "platform/linux/netlink_socket.h"
#include "platform/linux/ruleset_messages.h"

namespace kw::platform {
namespace {

constexpr int kRulesetBuffer = 2 << 20;
constexpr std::size_t kMostTables = 16;  // named one by one; a larger transaction is told as "more than one"

}  // namespace

class RulesetMonitor::Listener final : public Readable {
 public:
  Listener(NetlinkSocket socket, IsOwn is_own, Sink sink)
      : socket_(std::move(socket)), is_own_(std::move(is_own)), sink_(std::move(sink)) {}

  [[nodiscard]] int descriptor() const override { return socket_.descriptor(); }

  void ready() override {
    for (int i = 0; i < kMostBatch; ++i) {
      ByteView datagram;
      const auto read = socket_.receive(datagram);
      if (read && *read == NetlinkSocket::Read::empty) return;
      if (!read || *read == NetlinkSocket::Read::overflow) {
        lost();
        continue;
      }
      const auto messages = parse_ruleset_messages(datagram);
      if (!messages) {
        lost();
        continue;
      }
      for (const auto& message : *messages) std::visit([this](const auto& m) { take(m); }, message);
    }
  }

 private:
  static constexpr int kMostBatch = 256;

  void take(const TableTouched& touched) {
    if (tables_.size() <= kMostTables) tables_.insert(touched.table);
  }
  void take(const Generation& ended) {
    const auto tables = std::exchange(tables_, {});
    if ((ended.pid != 0 && is_own_(ended.pid)) || is_own_(ended.port)) return;
    if (tables.empty() || tables.size() > kMostTables) return sink_(device::RulesetTouched{""});
    for (const auto& table : tables) sink_(device::RulesetTouched{table});
  }
  void lost() {
    tables_.clear();
    sink_(device::SensorLost{"ruleset", 1});
    sink_(device::RulesetTouched{""});
  }

  NetlinkSocket socket_;
  IsOwn is_own_;
  Sink sink_;
  std::set<std::string> tables_;
};

RulesetMonitor::RulesetMonitor(IsOwn is_own) : is_own_(std::move(is_own)) {}
RulesetMonitor::~RulesetMonitor() = default;

Result<> RulesetMonitor::start(Sink sink) {
  if (thread_.running()) return fail(Errc::wrong_state, "ruleset monitor runs already");
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_NETFILTER, 1U << (NFNLGRP_NFTABLES - 1)));
  KW_CHECK(socket.set_receive_buffer(kRulesetBuffer));
  return thread_.start(std::make_unique<Listener>(std::move(socket), is_own_, std::move(sink)));
}

void RulesetMonitor::stop() { thread_.stop(); }

Result<std::vector<device::Observation>> RulesetMonitor::snapshot() { return std::vector<device::Observation>{}; }

}  // namespace kw::platform

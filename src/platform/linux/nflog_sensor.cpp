#include "platform/linux/nflog_sensor.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <net/if.h>

#include <cerrno>
#include <map>

#include "platform/linux/attributes.h"
#include "platform/linux/netlink_socket.h"
#include "platform/linux/nflog_group.h"
#include "platform/linux/os_error.h"
#include "platform/linux/socket_owners.h"

namespace kw::platform {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kNameLifetime = std::chrono::seconds(1);

}  // namespace

class NflogSensor::Listener final : public Readable {
 public:
  Listener(NetlinkSocket socket, SocketOwners owners, const Clock& clock, const Options& options, Sink sink)
      : socket_(std::move(socket)),
        owners_(std::move(owners)),
        clock_(clock),
        attribution_(options.attribution),
        sink_(std::move(sink)) {}

  [[nodiscard]] int descriptor() const override { return socket_.descriptor(); }

  void ready() override {
    for (int i = 0; i < kMostBatch; ++i) {
      ByteView datagram;
      const auto read = socket_.receive(datagram);
      if (!read) return lost(1);
      if (*read == NetlinkSocket::Read::empty) return;
      // After an overflow the gap in the sequence tells how many were lost.
      if (*read == NetlinkSocket::Read::overflow) continue;
      take(datagram, clock_.steady());
    }
  }

 private:
  static constexpr int kMostBatch = 256;

  void lost(std::uint64_t count) { sink_(device::SensorLost{"nflog", count}); }

  void take(ByteView datagram, Duration received) {
    Messages messages(datagram);
    while (const auto message = messages.next()) {
      if (message->header.nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET)) continue;
      auto parsed = parse_packet_log(message->payload);
      if (!parsed) {
        lost(1);
        continue;
      }
      count(*parsed);
      parsed->packet.packet_steady = received;
      parsed->packet.interface = interface_name(parsed->interface_index);
      attribute(*parsed);
      sink_(std::move(parsed->packet));
    }
    if (!messages.sound()) lost(1);
  }

  void count(const PacketLog& packet) {
    if (!packet.sequence) return;
    const std::uint32_t gap = *packet.sequence - next_sequence_;
    next_sequence_ = *packet.sequence + 1;
    if (gap != 0) lost(gap);
  }

  // A quarter of the sensor's time at most goes into look-ups: the allowance grows with the time that passes.
  void attribute(PacketLog& parsed) {
    if (!parsed.packet.outbound) return;
    const auto begun = Steady::now();
    allowance_ = std::min<Duration>(allowance_ + (begun - last_) / 4, attribution_ * 5);
    last_ = begun;
    if (allowance_ <= Duration::zero()) return;
    const auto owner = owners_.find(parsed, begun + std::min(attribution_, allowance_));
    parsed.packet.pid = owner.pid;
    parsed.packet.process = owner.command;
    allowance_ -= Steady::now() - begun;
  }

  std::string interface_name(std::uint32_t index) {
    if (index == 0) return {};
    auto& entry = names_[index];
    const auto now = Steady::now();
    if (entry.name.empty() || now > entry.until) {
      std::array<char, IF_NAMESIZE> name{};
      // Asked of a socket made in this sensor's namespace by the kernel's index; gone already: the old name stays.
      if (::if_indextoname(index, name.data()) != nullptr) entry.name = name.data();
      entry.until = now + kNameLifetime;
    }
    return entry.name;
  }

  struct Name {
    std::string name;
    Steady::time_point until;
  };
  NetlinkSocket socket_;
  SocketOwners owners_;
  const Clock& clock_;
  Duration attribution_;
  Sink sink_;
  std::uint32_t next_sequence_ = 0;
  Duration allowance_ = attribution_ * 5;
  Steady::time_point last_ = Steady::now();
  std::map<std::uint32_t, Name> names_;
};

NflogSensor::NflogSensor(const Clock& clock, Options options) : clock_(clock), options_(options) {}
NflogSensor::~NflogSensor() = default;

Result<> NflogSensor::start(Sink sink) {
  if (thread_.running()) return fail(Errc::wrong_state, "nflog sensor runs already");
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_NETFILTER, 0));
  KW_CHECK(socket.set_receive_buffer(options_.receive_buffer));
  KW_TRY(auto owners, SocketOwners::open());
  KW_CHECK(bind_nflog_group(socket, options_.group));
  return thread_.start(
      std::make_unique<Listener>(std::move(socket), std::move(owners), clock_, options_, std::move(sink)));
}

void NflogSensor::stop() { thread_.stop(); }

Result<std::vector<device::Observation>> NflogSensor::snapshot() { return std::vector<device::Observation>{}; }

}  // namespace kw::platform

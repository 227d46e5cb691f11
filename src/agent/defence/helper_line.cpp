#include "agent/defence/helper_line.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace kw::agent {
namespace {

constexpr int kHelperPacketsAtOnce = 64;

}  // namespace

void HelperLine::begin() {
  wanted_ = true;
  start_at_ = host_->now().steady;
  run();
}

void HelperLine::end() {
  wanted_ = false;
  close();
}

void HelperLine::close() {
  if (!process_) return;
  host_->unwatch(process_->socket());
  process_.reset();
}

void HelperLine::wait_longer(Duration now) {
  start_at_ = now + wait_;
  wait_ = std::min(2 * wait_, pace_.longest_wait);
}

void HelperLine::run() {
  const auto now = host_->now().steady;
  if (!wanted_ || process_ || now < start_at_) return;
  auto process = listener_.start_process();
  if (!process) {
    wait_longer(now);
    return listener_.not_started(process.error());
  }
  process_ = std::move(*process);
  begun_ = heard_ = asked_ = now;
  host_->watch(process_->socket(), [this] { hear(); });
  listener_.said_first();
}

void HelperLine::tick() {
  const auto now = host_->now().steady;
  if (process_ && now - heard_ >= pace_.silence) lose("silent");
  run();
  if (process_ && now - asked_ >= pace_.ask_every) {
    asked_ = now;
    listener_.ask();
  }
}

void HelperLine::say(ByteView octets) {
  if (!process_) return;
  // A process that does not read its few messages is found by its silence.
  if (::send(process_->socket(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    host_->log().warning("helper.not_told", {{"errno", std::to_string(errno)}});
}

void HelperLine::hear() {
  Bytes packet(pace_.most_packet + 1);
  for (int i = 0; i < kHelperPacketsAtOnce && process_; ++i) {
    const auto n = ::recv(process_->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (n <= 0) return lose("ended");
    heard_ = host_->now().steady;
    if (const auto done = listener_.heard(ByteView(packet).first(static_cast<std::size_t>(n))); !done)
      return lose(done.error().detail());
  }
}

void HelperLine::lose(const std::string& why) {
  const auto now = host_->now().steady;
  close();
  if (now - begun_ >= pace_.good) {
    wait_ = pace_.first_wait;
    start_at_ = now;
  } else {
    wait_longer(now);
  }
  listener_.lost(why);
  run();
}

}  // namespace kw::agent

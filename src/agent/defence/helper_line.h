#pragma once
// HelperLine keeps one unprivileged process at work for a section: starts it, asks whether it is there, replaces it.
//
//   HelperLine line(pace, listener);  line.use(host);
//   line.begin();   ... each second: line.tick();   ... line.say(octets);   ... line.end();
//
// A process that ends, says nothing for `silence`, or says what the listener refuses, is lost: told to the listener,
// and another one is started after a wait that doubles from `first_wait` up to `longest_wait`; one that has lived for
// `good` is replaced at once. Host's thread only.
#include <memory>
#include <string>

#include "device/defence.h"
#include "device/helper.h"

namespace kw::agent {

class HelperLine {
 public:
  struct Pace {
    Duration ask_every = std::chrono::seconds(2), silence = std::chrono::seconds(7);
    Duration first_wait = std::chrono::milliseconds(500), longest_wait = std::chrono::seconds(30);
    Duration good = std::chrono::seconds(10);
    std::size_t most_packet = 0;  // octets
  };
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual Result<std::unique_ptr<device::HelperProcess>> start_process() = 0;
    /// said_first: the process was started and waits for its task.
    virtual void said_first() = 0;
    virtual void ask() = 0;
    /// heard: an error is a process that is not to be trusted. It must not end the line.
    virtual Result<> heard(ByteView packet) = 0;
    virtual void lost(const std::string& why) = 0;
    virtual void not_started(const Error& why) = 0;
  };
  HelperLine(Pace pace, Listener& listener) : pace_(pace), listener_(listener), wait_(pace.first_wait) {}
  void use(device::DefenceHost& host) { host_ = &host; }

  void begin();
  void tick();
  void say(ByteView octets);
  void end();
  [[nodiscard]] bool wanted() const noexcept { return wanted_; }
  [[nodiscard]] bool running() const noexcept { return process_ != nullptr; }

 private:
  void run();
  void hear();
  void lose(const std::string& why);
  void close();
  void wait_longer(Duration now);

  Pace pace_;
  Listener& listener_;
  device::DefenceHost* host_ = nullptr;
  std::unique_ptr<device::HelperProcess> process_;
  Duration begun_{0}, heard_{0}, asked_{0}, start_at_{0}, wait_;
  bool wanted_ = false;
};

}  // namespace kw::agent

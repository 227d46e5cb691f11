#pragma once
// LinkKeeper starts the link process, watches it, speaks for the guard, and starts it again when it is gone.
//
//   events, state, proposals, media, beats ──> link process ──> beats, what is stored, questions ──> LinkDesk
//
// Decisions are LinkWatch's. A process that is silent is looked at: one that was stopped, or is not run although it is
// ready, is killed; one that waits for the disk is given time. Every loss is told as agent.twin.lost {how}: "killed",
// "stopped", "starved", "ended" (by itself, with what it said in the log), "confused" (it sent what it may not). One
// thread: the executor's.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/boundary/channel.h"
#include "agent/guard/desk.h"
#include "agent/guard/event_queue.h"
#include "agent/guard/link_process.h"
#include "agent/guard/link_watch.h"
#include "agent/guard/media_queue.h"

namespace kw::agent {

class LinkKeeper final : public ToLink {
 public:
  struct Ports {
    LinkStarter& starter;
    LinkDesk& desk;
    EventQueue& events;
    MediaQueue& media;
    const Clock& clock;
    Log& log;
  };
  /// Everything handed in must outlive the keeper.
  LinkKeeper(boost::asio::any_io_executor executor, v1::LinkSetup setup, Ports ports);
  ~LinkKeeper() override;

  /// start starts the first link process and the beats; `on_beat` is called with each, with how long this process was
  /// not run before it.
  void start(std::function<void(Duration away)> on_beat);
  /// stop lets the link process store everything and end, then calls `done`: within `patience`, or without that.
  void stop(Duration patience, std::function<void()> done);

  // ToLink
  void show(const v1::GuardState& state) override;
  void beat_now() override;
  void wake() override;
  void propose(const std::string& section, Bytes content) override;

  [[nodiscard]] LinkWatch::State state() const noexcept { return watch_.state(); }

 private:
  void spawn();
  void tick();
  void look();
  void lose(std::string_view how);
  void send(v1::GuardMessage message);
  void pump();
  void pump_media();
  void greet();
  Result<> take(Bytes frame);
  Result<> answer(const v1::LinkMessage& message);
  void on_ended();
  void take_leave();
  void on_channel_end(const Error& why);
  void finish();

  boost::asio::any_io_executor executor_;
  v1::LinkSetup setup_;
  Ports ports_;
  LinkWatch watch_;
  std::unique_ptr<LinkProcess> process_;
  std::vector<std::unique_ptr<LinkProcess>> dying_;  // killed, and not gone yet
  std::unique_ptr<Channel> channel_;
  std::shared_ptr<boost::asio::posix::stream_descriptor> handle_;
  boost::asio::steady_timer beat_, patience_;
  std::function<void(Duration)> on_beat_;
  std::function<void()> done_;
  std::optional<v1::GuardState> shown_;
  std::map<std::string, Bytes> proposals_;
  std::string lost_how_;  // of a loss whose new start is still to come
  std::string ending_;    // what the process said before it ended
  std::uint64_t beats_ = 0;
  bool stopping_ = false, stop_sent_ = false;
  int ended_ = 0;  // beats since the process ended and its channel has not come to its end, from 1
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent

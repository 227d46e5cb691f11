#pragma once
// DefenceBench is a DefenceHost for tests: it remembers what a defence says, and runs posted work when the test asks.
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "agent/testing/kiosk.h"
#include "device/defence.h"
#include "kioskward/v1/media.pb.h"
#include "schema/event_catalogue.h"

namespace kw::agent::testing {

class DefenceBench final : public device::DefenceHost {
 public:
  /// record: what the catalogue does not list would be refused by the spool, and told to nobody.
  void record(v1::Event event) override {
    const auto* type = schema::find_event_type(event.type());
    EXPECT_NE(type, nullptr) << event.type();
    if (type != nullptr)
      for (const auto& [key, value] : event.params())
        EXPECT_NE(("," + std::string(type->params) + ",").find("," + key + ","), std::string::npos) << event.type() << " " << key;
    events.push_back(std::move(event));
  }
  void fact(const std::string& key, const std::string& value, const std::string&) override { facts[key] = value; }
  RawId cut(const std::string& cause) override {
    cuts.push_back(cause);
    return RawId{1};
  }
  void propose(const std::string& section, Bytes content) override {
    proposals.emplace_back(section, std::move(content));
  }
  bool media(v1::Media piece) override {
    if (!takes_media) return false;
    pieces.push_back(std::move(piece));
    return true;
  }
  void camera_watched(Timestamp until) override { watched_until = until; }
  void post(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    posted.push_back(std::move(work));
  }
  void watch(int fd, std::function<void()> ready) override { watched[fd] = std::move(ready); }
  void unwatch(int fd) override { watched.erase(fd); }
  [[nodiscard]] device::GuardTime now() const override { return {clock.now(), clock.steady() + ahead}; }
  [[nodiscard]] Random& random() override { return random_; }
  [[nodiscard]] Log& log() override { return log_; }
  Result<std::string> state_path(std::string_view section) override {
    auto path = dir.path(std::string(section));
    std::filesystem::create_directories(path);
    return path;
  }

  void run_posted() {
    for (;;) {
      std::vector<std::function<void()>> work;
      {
        const std::lock_guard lock(mutex_);
        work.swap(posted);
      }
      if (work.empty()) return;
      for (const auto& one : work) one();
    }
  }
  /// until runs what is posted, also by a defence's own threads, until `test` is true; for at most ten seconds.
  template <class Test>
  bool until(Test test) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
      run_posted();
      if (test()) return true;
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
  }
  /// told gives the events of one type so far, after everything that was posted.
  std::vector<v1::Event> told(const std::string& type) {
    run_posted();
    std::vector<v1::Event> out;
    for (const auto& event : events)
      if (event.type() == type) out.push_back(event);
    return out;
  }
  [[nodiscard]] std::vector<std::string> types() const {
    std::vector<std::string> out;
    for (const auto& event : events) out.push_back(event.type());
    return out;
  }

  TempDir dir;
  SettableClock clock;
  Duration ahead{0};  // of the steady clock
  std::vector<v1::Event> events;
  std::map<std::string, std::string> facts;
  std::vector<std::string> cuts;
  std::vector<std::pair<std::string, Bytes>> proposals;
  std::vector<v1::Media> pieces;
  bool takes_media = true;
  Timestamp watched_until;
  std::vector<std::function<void()>> posted;
  std::map<int, std::function<void()>> watched;

 private:
  std::mutex mutex_;
  crypto::SystemRandom random_;
  NullLog log_;
};

}  // namespace kw::agent::testing

#pragma once
// AppDeskTest is a desk with a scripted road: what pages say and hear, what is sent to the platform, what is recorded.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <map>

#include "agent/app/app_desk.h"
#include "crypto/random.h"
#include "schema/event_catalogue.h"

namespace kw::agent::testing {

using namespace std::chrono_literals;
namespace json = boost::json;

class StepClock final : public Clock {
 public:
  Timestamp now() const override { return Timestamp::from_seconds(1'795'000'000) + at; }
  Duration steady() const override { return at; }
  Duration at{1h};
};

struct Recorder final : EventSink {
  void record(v1::Event event) override {
    event.set_version(1);
    event.set_id(std::string(16, 'i'));
    const auto good = schema::check_event(event);
    EXPECT_TRUE(good) << event.type() << " " << (good ? "" : good.error().text());
    events.push_back(std::move(event));
  }
  void set_clock_state(v1::ClockState) override {}
  std::vector<v1::Event> events;
};

inline std::string param(const v1::Event& event, const std::string& key) {
  const auto at = event.params().find(key);
  return at == event.params().end() ? "" : at->second;
}

inline const DeviceId kDevice = *DeviceId::parse("0190aaaaaaaa7000800000000000000d");

/// A guard that makes places when the test says so.
struct SlowPlace final : SessionPlace {
  void begin(std::function<void(const std::string&)> done) override { waiting = std::move(done); }
  void end(bool program_gone) override { ends.push_back(program_gone); }
  std::function<void(const std::string&)> waiting;
  std::vector<bool> ends;
};

struct AppDeskTest : ::testing::Test {
  boost::asio::io_context io{1};
  StepClock clock;
  crypto::SystemRandom random;
  Recorder recorder;
  BusinessRoad road{io.get_executor()};
  std::vector<v1::Envelope> sent;
  std::unique_ptr<AppDesk> desk =
      std::make_unique<AppDesk>(AppDesk::Options{"secret", kDevice}, AppDesk::Ports{road, recorder, clock, random});
  std::map<AppDesk::PeerId, std::vector<json::object>> heard;
  std::map<AppDesk::PeerId, bool> closed;
  std::int64_t next_id = 1;

  AppDeskTest() { link_up(); }
  /// Sessions have a place of their own from now on.
  void use(SlowPlace& place) {
    desk = std::make_unique<AppDesk>(AppDesk::Options{"secret", kDevice},
                                     AppDesk::Ports{road, recorder, clock, random, {}, &place});
  }
  void link_up() {
    road.up([this](v1::Envelope envelope) { sent.push_back(std::move(envelope)); });
  }
  AppDesk::PeerId stranger() {
    auto id = std::make_shared<AppDesk::PeerId>(0);
    *id = desk->open({[this, id](const std::string& text) { heard[*id].push_back(json::parse(text).as_object()); },
                      [this, id] { closed[*id] = true; }});
    return *id;
  }
  AppDesk::PeerId program() {
    const auto id = stranger();
    desk->text(id, R"({"type":"hello","token":"secret"})");
    EXPECT_EQ(last(id), "ready");
    return id;
  }
  std::int64_t say(AppDesk::PeerId from, json::object message) {
    message["id"] = next_id;
    desk->text(from, json::serialize(message));
    return next_id++;
  }
  /// last is the type of what was heard last; of an error its code.
  std::string last(AppDesk::PeerId peer) {
    if (heard[peer].empty()) return "nothing";
    const auto& message = heard[peer].back();
    const auto type = std::string(message.at("type").as_string());
    return type == "error" ? std::string(message.at("code").as_string()) : type;
  }
  std::string begin(AppDesk::PeerId from, const std::string& outcome = "begun") {
    say(from, {{"type", "begin"}, {"matter", "permit"}});
    if (sent.empty() || !sent.back().has_session_begin()) return "";
    v1::SessionBegun answer;
    answer.set_session_id(sent.back().session_begin().session_id());
    answer.set_outcome(outcome);
    EXPECT_TRUE(road.take(answer));
    if (outcome != "begun") return "";
    EXPECT_EQ(last(from), "begun");
    return std::string(heard[from].back().at("handle").as_string());
  }
  void step(AppDesk::PeerId from, const std::string& handle, const std::string& word = "form", bool good = true) {
    say(from, {{"type", "step"}, {"handle", handle}, {"step", word}, {"result", good ? "ok" : "error"}});
  }
  std::int64_t ask(AppDesk::PeerId from, const std::string& handle) {
    return say(from, {{"type", "request"},
                      {"handle", handle},
                      {"service", "residence"},
                      {"method", "POST"},
                      {"path", "/applications"},
                      {"body", "{}"}});
  }
  void answer(const std::string& outcome, std::uint32_t status, const std::string& body) {
    v1::ServiceAnswer out;
    out.set_span_id(sent.back().service_request().span_id());
    out.set_outcome(outcome);
    out.set_status(status);
    out.set_content_type("application/json");
    out.set_size(static_cast<std::uint32_t>(body.size()));
    out.set_data(body);
    EXPECT_TRUE(road.take(out));
  }
  std::vector<std::string> types() const {
    std::vector<std::string> out;
    for (const auto& event : recorder.events) out.push_back(event.type() + " " + event.result());
    return out;
  }
};

/// A desk with the shipped catalogue and memory for values, and a page whose session of residence-permit has begun.
struct AppValuesDeskTest : AppDeskTest {
  std::unique_ptr<platform::SecretArena> arena;
  std::unique_ptr<SessionValues> values;
  AppDesk::PeerId page = 0;
  std::string handle;

  static const matters::MatterBook& book() {
    static const auto loaded = matters::MatterBook::load(KW_SOURCE_DIR "/catalogue");
    EXPECT_TRUE(loaded) << loaded.error().text();
    return *loaded;
  }
  void SetUp() override {
    auto made = platform::SecretArena::make(SessionValues::kArena);
    ASSERT_TRUE(made) << made.error().text();
    arena = std::move(*made);
    values = std::make_unique<SessionValues>(*arena);
    sit_down({&book(), values.get()});
    begin_matter("residence-permit");
  }
  void TearDown() override { desk.reset(); }
  void sit_down(ValueDesk::Ports ports) {
    desk = std::make_unique<AppDesk>(AppDesk::Options{"secret", kDevice},
                                     AppDesk::Ports{road, recorder, clock, random, ports});
    page = program();
  }
  void begin_matter(const std::string& matter) {
    say(page, {{"type", "begin"}, {"matter", matter}});
    v1::SessionBegun answer;
    answer.set_session_id(sent.back().session_begin().session_id());
    answer.set_outcome("begun");
    ASSERT_TRUE(road.take(answer));
    handle = std::string(heard[page].back().at("handle").as_string());
  }
};

}  // namespace kw::agent::testing

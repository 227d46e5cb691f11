// The broker's road: a kiosk on its real link, a real back end on loopback, and what the ledger holds of it afterwards.
#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>

#include "net/http_server.h"
#include "server/testing/business.h"
#include "trail/words.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::Kiosk;
using testing::LinkBed;
using testing::Peer;
using testing::take;
using namespace std::chrono_literals;

/// BackEnd is the service that is asked: it keeps what it heard, and does what the path says.
class BackEnd {
 public:
  BackEnd() {
    net::Router router;
    const auto hear = [this](const net::Request& request) {
      std::unique_lock lock(mutex_);
      heard.push_back(request);
      if (request.path.ends_with("/slow")) woken_.wait_for(lock, 10s, [this] { return released_; });
      if (request.path.ends_with("/much")) return net::json_response(200, std::string((64 << 10) + 1, 'x'));
      if (request.path.ends_with("/bad")) return net::json_response(500, "{}");
      if (request.path.ends_with("/none")) return net::json_response(404, "{}");
      if (request.path.ends_with("/large")) return net::json_response(200, std::string(64 << 10, 'y'));
      return net::json_response(201, R"({"number":"A-1"})");
    };
    for (const auto* path : {"/api/applications", "/api/applications/{number}", "/api/people/{name}/state"})
      for (const auto* method : {"GET", "POST"}) router.add(method, path, hear);
    server_ = take(net::HttpServer::start(context_.get_executor(), {}, std::move(router), {log_, clock_, random_}));
    for (auto& thread : threads_) thread = std::thread([this] { context_.run(); });
  }
  ~BackEnd() {
    release();
    server_->stop();
    guard_.reset();
    context_.stop();
    for (auto& thread : threads_) thread.join();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    woken_.notify_all();
  }
  std::vector<net::Request> all() {
    const std::lock_guard lock(mutex_);
    return heard;
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  std::vector<net::Request> heard;

 private:
  NullLog log_;
  testing::FakeClock clock_;
  crypto::SystemRandom random_;
  boost::asio::io_context context_{2};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::mutex mutex_;
  std::condition_variable woken_;
  bool released_ = false;
  std::unique_ptr<net::HttpServer> server_;
  std::array<std::thread, 2> threads_;
};

Connectors connectors_at(std::uint16_t port) {
  const auto at = std::to_string(port);
  const auto text = R"(
name = "residence"
base = "http://127.0.0.1:)" +
                    at + R"(/api"
timeout_ms = 400
most_request_kib = 1
most_answer_kib = 64
[[matter]]
code = "permit"
[[operation]]
method = "POST"
path = "/applications"
[[operation]]
method = "GET"
path = "/applications/{number}"
query = ["lang"]
)";
  const auto elsewhere = R"(
name = "tax"
base = "http://127.0.0.1:)" +
                         at + R"(/tax"
[[matter]]
code = "tax"
sites = ["000102030405060708090a0b0c0d0e0f"]
[[matter]]
code = "duties"
[[operation]]
method = "GET"
path = "/rates"
)";
  return Connectors({take(trail::parse_connector(text)), take(trail::parse_connector(elsewhere))});
}

std::string param(const v1::AuditEntry& entry, const std::string& key) {
  const auto at = entry.params().find(key);
  return at == entry.params().end() ? "" : at->second;
}

struct BrokerRoad : ::testing::Test {
  BackEnd back_end;
  LinkBed bed{LinkOptions(5), connectors_at(back_end.port())};
  Kiosk kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  std::unique_ptr<Peer> peer = bed.admitted(kiosk);
  v1::SessionBegin session = testing::session_begin("permit");
  int spans = 0;

  std::string begin() {
    v1::Envelope out;
    *out.mutable_session_begin() = session;
    const auto sent = peer->write(out);
    const auto answer = peer->read();
    if (!answer || !answer->has_session_begun()) return "no answer";
    EXPECT_EQ(answer->correlation(), sent);
    EXPECT_EQ(answer->session_begun().session_id(), session.session_id());
    return answer->session_begun().outcome();
  }
  v1::ServiceRequest request(const std::string& method, const std::string& path, const std::string& body = {}) {
    v1::ServiceRequest out;
    out.set_session_id(session.session_id());
    out.set_span_id("span000" + std::to_string(++spans % 10));
    out.set_service("residence");
    out.set_method(method);
    out.set_path(path);
    out.set_body(body);
    if (!body.empty()) out.set_content_type("application/json");
    return out;
  }
  void send(const v1::ServiceRequest& request) {
    v1::Envelope out;
    *out.mutable_service_request() = request;
    peer->write(out);
  }
  ServiceReply answer(const std::string& span) {
    ServiceReply out;
    out.outcome = "no answer";
    do {
      const auto envelope = peer->read();
      if (!envelope || !envelope->has_service_answer()) return out;
      const auto& part = envelope->service_answer();
      EXPECT_EQ(part.span_id(), span);
      EXPECT_EQ(part.offset(), out.body.size());
      EXPECT_LE(part.data().size(), BrokerDesk::kPart);
      out.outcome = part.outcome();
      out.status = part.status();
      out.content_type = part.content_type();
      out.body += part.data();
      if (out.body.size() >= part.size()) return out;
    } while (true);
  }
  ServiceReply ask(const v1::ServiceRequest& request) {
    send(request);
    return answer(request.span_id());
  }
  store::BusinessSession stored() {
    return take(bed.platform.store->read([&](auto& r) {
      return r.business().get(*store::BusinessSessionId::from_bytes(bytes_of(session.session_id())));
    }));
  }
};

TEST_F(BrokerRoad, ARequestIsPassedOnUnderItsTraceAndRecordedWithoutWhatItSays) {
  ASSERT_EQ(begin(), "begun");
  const auto asked = request("POST", "/applications", R"({"name":"ouyang"})");
  const auto reply = ask(asked);
  EXPECT_EQ(reply.outcome, "answered");
  EXPECT_EQ(reply.status, 201U);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.body, R"({"number":"A-1"})");
  const auto started = bed.recorded("business.session.started");
  const auto entry = bed.recorded("service.request");
  ASSERT_EQ(back_end.all().size(), 1U);
  const auto heard = back_end.all()[0];
  EXPECT_EQ(heard.path, "/api/applications");
  EXPECT_EQ(heard.body, R"({"name":"ouyang"})");
  EXPECT_EQ(heard.header("traceparent"),
            "00-" + std::string("74747474747474747474747474747474") + "-" + param(entry, "span") + "-01");
  EXPECT_EQ(heard.header("x-kw-terminal"), kiosk.id.text());
  EXPECT_EQ(heard.header("x-kw-session"), to_hex(bytes_of(session.session_id())));
  EXPECT_EQ(entry.trace_id(), session.trace_id());
  EXPECT_EQ(started.trace_id(), session.trace_id());
  EXPECT_EQ(entry.device_id(), copy_text(kiosk.id.bytes()));
  EXPECT_EQ(entry.result(), "success");
  EXPECT_EQ(param(entry, "path"), "/applications");
  EXPECT_EQ(param(entry, "status"), "2xx");
  EXPECT_EQ(param(entry, "parent"), to_hex(bytes_of(asked.span_id())));
  EXPECT_EQ(param(entry, "octets_out"), "17");
  EXPECT_EQ(param(entry, "octets_in"), "16");
  EXPECT_EQ(entry.ShortDebugString().find("ouyang"), std::string::npos);
  EXPECT_EQ(stored().requests, 1U);
  EXPECT_EQ(stored().errors, 0U);
}

TEST_F(BrokerRoad, AValueInThePathIsRecordedAsItsTemplate) {
  ASSERT_EQ(begin(), "begun");
  EXPECT_EQ(ask(request("GET", "/applications/440300199001011234?lang=zh%26x")).outcome, "answered");
  EXPECT_EQ(back_end.all().at(0).path, "/api/applications/440300199001011234");
  EXPECT_EQ(back_end.all().at(0).query.at("lang"), "zh&x");
  const auto entry = bed.recorded("service.request");
  EXPECT_EQ(param(entry, "path"), "/applications/{number}");
  EXPECT_EQ(entry.ShortDebugString().find("4403"), std::string::npos);
}

TEST_F(BrokerRoad, WhatNoConnectorAllowsReachesNobodyAndIsRecorded) {
  ASSERT_EQ(begin(), "begun");
  struct Case {
    std::string method, path, outcome, service = "residence", body = {};
  };
  const Case cases[] = {{"GET", "/applications", "path_forbidden"},
                        {"POST", "/applications/1", "path_forbidden"},
                        {"DELETE", "/applications", "method_forbidden"},
                        {"GET", "/applications/../people", "path_forbidden"},
                        {"GET", "/applications/%2e%2e", "path_forbidden"},
                        {"GET", "/applications/a%2fstate", "path_forbidden"},
                        {"GET", "/applications/1?name=x", "path_forbidden"},
                        {"GET", "/applications/1?lang=a&lang=b", "path_forbidden"},
                        {"GET", "/rates", "service_forbidden", "tax"},
                        {"GET", "/rates", "service_unknown", "ouyang"},
                        {"POST", "/applications", "too_large", "residence", std::string(1025, 'x')}};
  std::size_t n = 0;
  for (const auto& one : cases) {
    auto asked = request(one.method, one.path, one.body);
    asked.set_service(one.service);
    EXPECT_EQ(ask(asked).outcome, one.outcome) << one.method << one.path;
    const auto entry = bed.recorded("service.request", ++n);
    EXPECT_EQ(entry.result(), "refused");
    EXPECT_EQ(param(entry, "reason"), one.outcome);
    EXPECT_EQ(entry.ShortDebugString().find("ouyang"), std::string::npos);
  }
  EXPECT_TRUE(back_end.all().empty());
  EXPECT_EQ(stored().errors, n);
}

TEST_F(BrokerRoad, ABackEndThatIsSlowOrSaysTooMuchIsTypedAndRecorded) {
  ASSERT_EQ(begin(), "begun");
  const std::pair<const char*, const char*> cases[] = {{"/applications/slow", "backend_timeout"},
                                                       {"/applications/much", "backend_too_large"}};
  std::size_t n = 0;
  for (const auto& [path, outcome] : cases) {
    const auto reply = ask(request("GET", path));
    EXPECT_EQ(reply.outcome, outcome);
    EXPECT_EQ(reply.body, "");
    const auto entry = bed.recorded("service.request", ++n);
    EXPECT_EQ(entry.result(), "failed");
    EXPECT_EQ(param(entry, "reason"), outcome);
  }
  EXPECT_EQ(ask(request("GET", "/applications/bad")).status, 500U);
  EXPECT_EQ(param(bed.recorded("service.request", 3), "status"), "5xx");
  EXPECT_EQ(ask(request("GET", "/applications/none")).status, 404U);
  EXPECT_EQ(bed.recorded("service.request", 4).result(), "refused");
  EXPECT_EQ(ask(request("GET", "/applications/large")).body, std::string(64 << 10, 'y'));
}

TEST_F(BrokerRoad, SeveralAreUnderWayAndOneThatIsSlowHoldsNobodyUp) {
  ASSERT_EQ(begin(), "begun");
  const auto slow = request("GET", "/applications/slow"), quick = request("GET", "/applications/1");
  send(slow);
  send(quick);
  EXPECT_EQ(answer(quick.span_id()).outcome, "answered");
  back_end.release();
  EXPECT_EQ(answer(slow.span_id()).outcome, "answered");
}

TEST_F(BrokerRoad, MoreThanMayBeUnderWayEndsTheLink) {
  ASSERT_EQ(begin(), "begun");
  for (std::size_t i = 0; i <= BrokerDesk::kMostOfLink; ++i) send(request("GET", "/applications/slow"));
  EXPECT_EQ(bed.recorded("link.bad_message").result(), "refused");
  back_end.release();
}

TEST_F(BrokerRoad, ASessionIsForItsMatterItsSiteAndItsKiosk) {
  session.set_matter("ouyang");
  EXPECT_EQ(begin(), "matter_unknown");
  EXPECT_EQ(param(bed.recorded("business.session.started"), "matter"), "") << "a word that no connector has";
  session.set_matter("tax");
  EXPECT_EQ(begin(), "matter_forbidden");
  EXPECT_EQ(bed.recorded("business.session.started", 2).result(), "refused");
  session.set_matter("duties");
  ASSERT_EQ(begin(), "begun");
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "service_forbidden");
  auto unknown = request("GET", "/applications/1");
  unknown.set_session_id(std::string(16, 'x'));
  EXPECT_EQ(ask(unknown).outcome, "no_session");
  const auto other = Kiosk::enrolled(bed.platform, "127.0.0.3");
  peer = bed.admitted(other);
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "no_session") << "another kiosk's";
  EXPECT_TRUE(back_end.all().empty());
}

TEST_F(BrokerRoad, ACutKioskIsRefusedHereToo) {
  ASSERT_EQ(begin(), "begun");
  good(bed.platform.store->write([&](auto& r) {
    store::LiveUpdate update;
    update.state = v1::CUT;
    return r.devices().update_live(kiosk.id, update);
  }));
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "cut_off");
  session.set_session_id(std::string(16, 'z'));
  session.set_trace_id(std::string(16, 'z'));
  EXPECT_EQ(begin(), "cut_off");
  EXPECT_TRUE(back_end.all().empty());
}

TEST_F(BrokerRoad, WhatCannotBeRecordedIsNotAsked) {
  ASSERT_EQ(begin(), "begun");
  bed.platform.store->full = true;
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "unrecorded");
  bed.platform.store->full = false;
  bool closed = true;
  bed.broker->set_gate([&]() -> Result<> { return closed ? Result<>(fail(Errc::no_space)) : Result<>(); });
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "unrecorded");
  EXPECT_TRUE(back_end.all().empty());
  closed = false;
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "answered");
}

TEST_F(BrokerRoad, ARequestThatACrashInterruptsIsRecordedAtTheNextStart) {
  ASSERT_EQ(begin(), "begun");
  send(request("GET", "/applications/slow"));
  ASSERT_TRUE(bed.soon([&] { return back_end.all().size() == 1; }));
  good(bed.business->settle_interrupted());
  const auto entry = bed.recorded("service.request");
  EXPECT_EQ(param(entry, "reason"), "interrupted");
  EXPECT_EQ(param(entry, "path"), "/applications/{number}");
  EXPECT_EQ(entry.trace_id(), session.trace_id());
  EXPECT_TRUE(take(bed.platform.store->read([](auto& r) { return r.business().under_way(); })).empty());
  back_end.release();
}

TEST_F(BrokerRoad, TheKiosksEventsCountAndEndTheSession) {
  ASSERT_EQ(begin(), "begun");
  v1::EventBatch batch;
  const auto add = [&](std::uint64_t sequence, const std::string& type, const std::string& result,
                       std::map<std::string, std::string> params) {
    auto& event = *batch.add_events() = testing::event(sequence, type);
    event.set_result(result);
    event.clear_params();
    for (const auto& [key, value] : params) (*event.mutable_params())[key] = value;
    event.set_trace_id(session.trace_id());
  };
  const auto id = to_hex(bytes_of(session.session_id()));
  add(1, "business.step", "success", {{"session", id}, {"step", "form"}});
  add(2, "business.step", "failed", {{"session", id}, {"step", "pay"}});
  add(3, "business.step", "success", {{"session", to_hex(Bytes(16, 9))}, {"step", "form"}});
  add(4, "business.session.ended", "success", {{"session", id}, {"reason", "idle"}});
  v1::Envelope out;
  *out.mutable_events() = batch;
  peer->write(out);
  EXPECT_TRUE(bed.soon([&] { return stored().ended.has_value(); }));
  EXPECT_EQ(stored().steps, 2U);
  EXPECT_EQ(stored().errors, 1U);
  EXPECT_EQ(stored().reason, "idle");
  EXPECT_TRUE(peer->read());
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "no_session");
}

TEST_F(BrokerRoad, SessionsThatTheirKioskHasLostAreEnded) {
  ASSERT_EQ(begin(), "begun");
  const auto first = session;
  session.set_session_id(std::string(16, 'u'));
  session.set_trace_id(std::string(16, 'u'));
  ASSERT_EQ(begin(), "begun");
  good(bed.business->tick());
  bed.platform.clock.advance(std::chrono::minutes(2));
  good(bed.business->tick());
  EXPECT_FALSE(stored().ended) << "it is the newest";
  EXPECT_EQ(param(bed.recorded("business.session.ended"), "reason"), "superseded");
  EXPECT_EQ(bed.recorded("business.session.ended").trace_id(), first.trace_id());
  bed.platform.clock.advance(std::chrono::hours(1));
  good(bed.business->tick());
  EXPECT_EQ(stored().reason, "lapsed");
  good(bed.business->tick());
  EXPECT_EQ(bed.entries("business.session.ended").size(), 2U);
}

TEST_F(BrokerRoad, TheTimelineIsReadByTraceAndBySessionAndReadingItIsRecorded) {
  ASSERT_EQ(begin(), "begun");
  EXPECT_EQ(ask(request("GET", "/applications/1")).outcome, "answered");
  bed.recorded("service.request");
  const Actor who{"auditadmin", "audit", std::string(32, '1')};
  TimelineQuery query;
  query.trace = *TraceId::from_bytes(bytes_of(session.trace_id()));
  ASSERT_TRUE(bed.soon([&] {
    const auto found = bed.business->timeline(query, who);
    return found && found->timeline.items.size() == 2;
  }));
  query.session = *store::BusinessSessionId::from_bytes(bytes_of(session.session_id()));
  query.trace.reset();
  const auto line = take(bed.business->timeline(query, who));
  EXPECT_EQ(line.device, kiosk.id);
  EXPECT_EQ(line.timeline.matter, "permit");
  EXPECT_FALSE(line.timeline.ended);
  EXPECT_EQ(line.timeline.items[1].kind, trail::SpanKind::broker);
  EXPECT_EQ(param(bed.recorded("audit.read"), "query"), "timeline=" + line.trace.text());
  query.session = *store::BusinessSessionId::from_bytes(Bytes(16, 7));
  EXPECT_EQ(code(bed.business->timeline(query, who)), Errc::not_found);
}

TEST_F(BrokerRoad, AMalformedBeginningEndsTheLink) {
  session.set_trace_id("short");
  EXPECT_EQ(begin(), "no answer");
  EXPECT_EQ(bed.recorded("link.bad_message").result(), "refused");
}

TEST(BrokerAlone, ABackEndThatIsDownIsUnreachable) {
  std::uint16_t port = 0;
  {
    BackEnd gone;
    port = gone.port();
  }
  LinkBed bed{LinkOptions(5), connectors_at(port)};
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  const auto session = testing::session_begin("permit");
  EXPECT_EQ(take(bed.business->begin(kiosk.id, session)).outcome, "begun");
  const auto reply = testing::ask_broker(bed, kiosk.id, bytes_of(session.session_id()), "/applications/1");
  EXPECT_EQ(reply.outcome, "backend_unreachable");
}

}  // namespace
}  // namespace kw::server

// The media road of the platform from end to end: a kiosk's TLCP link in, the REST API and a WebSocket out.
#include <boost/json.hpp>
#include <fstream>

#include "crypto/password.h"
#include "net/http_server.h"
#include "net/testing/http_client.h"
#include "server/api/routes.h"
#include "server/export_service.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using net::testing::Connection;
using net::testing::Reply;
using testing::good;
using testing::Kiosk;
using testing::LinkBed;
using testing::Peer;
using testing::take;

const std::string kJpeg = "\xff\xd8\xff\xe0 a picture";

/// Somebody with a session.
struct Person {
  std::string cookie, csrf;
  std::uint16_t port = 0;
  Reply call(std::string_view method, const std::string& path, const std::string& body = {}) const {
    std::map<std::string, std::string> headers{{"Cookie", "kw_session=" + cookie}};
    if (method != "GET") headers.emplace("X-Kw-Csrf", csrf);
    if (!body.empty()) headers.emplace("Content-Type", "application/json");
    return net::testing::request(port, method, "/api/v1" + path, body, headers);
  }
  json::object get(const std::string& path) const { return parsed(call("GET", path)); }
  static json::object parsed(const Reply& reply) {
    boost::system::error_code error;
    auto value = json::parse(reply.body, error);
    return !error && value.is_object() ? value.get_object() : json::object();
  }
};

struct MediaRoad : ::testing::Test {
  MediaRoad() {
    net::Router router;
    auto& p = bed.platform;
    api.emplace(router, Api::Services{p.auth, p.tokens, p.requests, p.settings, p.changes, bed.log});
    const ApiServices services{bed.platform.changes,
                               bed.platform.auth,
                               bed.platform.users,
                               bed.platform.own_factors,
                               bed.platform.settings,
                               bed.platform.tokens,
                               bed.platform.regions,
                               bed.platform.enrol,
                               bed.platform.devices,
                               bed.platform.policies,
                               bed.platform.orders,
                               bed.platform.baselines,
                               bed.platform.requests,
                               bed.platform.signings,
                               bed.platform.signers,
                               bed.platform.media,
                               bed.platform.alarms,
                               audit,
                               persons,
                               *bed.business,
                               exports,
                               extracts,
                               *bed.keeper,
                               *bed.witnesses,
                               *bed.watch,
                               *bed.archivist,
                               rows,
                               p.landing,
                               hub,
                               nullptr,
                               nullptr,
                               bed.log};
    for (const auto add : {add_session_routes, add_device_routes, add_request_routes, add_media_routes})
      add(*api, services);
    add_look_route(router, *api, services);
    http = take(net::HttpServer::start(context.get_executor(), {.port = 0}, std::move(router),
                                       {bed.log, bed.platform.clock, bed.platform.random}));
    for (auto& thread : threads) thread = std::thread([this] { context.run(); });
  }
  ~MediaRoad() override {
    http->stop();
    guard.reset();
    context.stop();
    for (auto& thread : threads) thread.join();
  }
  Person enter(const std::string& account, const std::string& person, const std::string& role) {
    auto& p = bed.platform;
    const auto invitation = take(p.auth.invite(account, account, person, role));
    good(p.store->write([&](auto& r) { return r.users().insert(invitation.user); }));
    const auto begun =
        take(p.auth.begin_activation(account, invitation.one_time_password, "Correct-horse-9", "peer", ""));
    const auto code = crypto::totp(take(from_base32(begun.totp_secret)), crypto::totp_step(p.clock.now()));
    const auto in = take(p.auth.confirm_activation(begun.activation, code, "peer", ""));
    return {in.cookie, in.principal.csrf, http->port()};
  }
  /// as gives somebody's session, begun when first needed: a password takes its time. "other" is another security
  /// administrator.
  const Person& as(const std::string& who) {
    if (!people.contains(who)) people[who] = enter(who, who, who == "other" ? "security" : who);
    return people.at(who);
  }
  std::string path() const { return "/devices/" + kiosk.id.text(); }
  /// ask gives the order's ID.
  std::string ask(const std::string& action, const std::string& args = "{}") {
    const auto reply =
        as("security")
            .call("POST", path() + "/requests",
                  R"({"section":"camera","action":")" + action + R"(","args":)" + args + R"(,"reason":"a case"})");
    EXPECT_EQ(reply.status, 202) << reply.body;
    return text(Person::parsed(reply), "order");
  }
  static std::string text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  /// order reads the order that the platform pushes.
  static v1::Order order(Peer& peer) {
    const auto envelope = peer.read();
    EXPECT_TRUE(envelope && envelope->has_order());
    return envelope ? take(schema::parse<v1::Order>(bytes_of(envelope->order().payload()), 1U << 16)) : v1::Order();
  }
  /// give sends one piece in parts and reads the report on it.
  static v1::MediaReport give(Peer& peer, const std::string& id, const std::string& kind, std::uint64_t sequence,
                              bool last, const std::string& data) {
    constexpr std::size_t kPart = 32U << 10;
    for (std::size_t at = 0; at == 0 || at < data.size(); at += kPart) {
      v1::Envelope out;
      auto& part = *out.mutable_media();
      part.mutable_piece()->set_order_id(copy_text(OrderId::parse(id)->bytes()));
      part.mutable_piece()->set_section("camera");
      part.mutable_piece()->set_kind(kind);
      part.mutable_piece()->set_content_type("image/jpeg");
      part.mutable_piece()->set_sequence(sequence);
      part.mutable_piece()->set_last(last);
      part.mutable_piece()->set_data(data.substr(at, kPart));
      part.set_offset(static_cast<std::uint32_t>(at));
      part.set_size(static_cast<std::uint32_t>(data.size()));
      peer.write(std::move(out));
    }
    const auto answer = peer.read();
    EXPECT_TRUE(answer && answer->has_media_report());
    return answer ? answer->media_report() : v1::MediaReport();
  }
  /// look upgrades to a live view; the status of the answer.
  static int look(Connection& socket, const Person& who, const std::string& id,
                  const std::string& purpose = "to%20help") {
    socket.send("GET /api/v1/media/" + id + "/live" + (purpose.empty() ? "" : "?purpose=" + purpose) +
                " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(who.port) +
                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:" +
                std::to_string(who.port) + "\r\nCookie: kw_session=" + who.cookie + "\r\n\r\n");
    return socket.receive().status;
  }

  boost::asio::io_context context{2};  // outlives who may still hold a socket of it
  LinkBed bed;
  LiveHub hub;
  RowWatch rows{bed.platform.changes,
                {[] { return Result<RowWatch::Findings>(RowWatch::Findings()); }, [] { return Result<>(); }},
                bed.log};
  AuditService audit{bed.platform.changes, *bed.keeper, bed.platform.subjects};
  PersonService persons{bed.platform.changes, bed.platform.subjects};
  ExportService exports{bed.platform.changes, bed.reader(), bed.log};
  ExtractService extracts{bed.platform.changes, *bed.keeper, audit, bed.platform.media_dir.path()};
  Kiosk kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  std::optional<Api> api;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
  std::unique_ptr<net::HttpServer> http;
  std::array<std::thread, 2> threads;
  std::map<std::string, Person> people;
};

TEST_F(MediaRoad, APictureComesFromTheKioskToWhoSaysWhatFor) {
  auto peer = bed.admitted(kiosk);
  const auto id = ask("snapshot");
  const auto asked = order(*peer);
  EXPECT_EQ(asked.action(), "snapshot");
  EXPECT_EQ(to_hex(bytes_of(asked.order_id())), id);
  const auto picture = kJpeg + std::string(200U << 10, 'p');
  EXPECT_EQ(give(*peer, id, "snapshot", 0, false, picture).outcome(), "taken");
  EXPECT_EQ(give(*peer, id, "snapshot", 1, true, "end").outcome(), "taken");

  const auto list = as("audit").get(path() + "/media").at("items").as_array();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(text(list[0].as_object(), "state"), "complete");
  EXPECT_EQ(text(list[0].as_object(), "asked_by"), "security");
  EXPECT_FALSE(text(list[0].as_object(), "kept_until").empty());

  const auto content = "/media/" + id + "/content";
  EXPECT_EQ(as("security").call("GET", content).status, 422) << "nobody looks without saying why";
  const auto reply = as("security").call("GET", content + "?purpose=case%207");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body, picture + "end");
  EXPECT_EQ(reply.headers.at("cache-control"), "no-store");
  EXPECT_EQ(reply.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(reply.headers.at("x-kw-watermark").substr(0, 9), "security ");
  EXPECT_EQ(reply.headers.at("x-kw-digest"), "sm3=" + text(list[0].as_object(), "digest"));
  EXPECT_EQ(bed.recorded("media.read").params().at("purpose"), "case 7");
  const auto part = as("security").call("GET", content + "?purpose=x&offset=70000&length=10");
  EXPECT_EQ(part.body, picture.substr(70000, 10));
  EXPECT_EQ(part.headers.at("x-kw-octets"), std::to_string(picture.size() + 3));
  EXPECT_FALSE(part.headers.contains("x-kw-digest")) << "that of the whole says nothing of a part";
  EXPECT_EQ(as("security").call("GET", content + "?purpose=x&offset=300000").status, 422);
  EXPECT_EQ(as("audit").call("GET", content + "?purpose=x").status, 403) << "who audits does not look";
  const auto sealed = as("audit").call("GET", "/media/" + id + "/sealed");
  ASSERT_EQ(sealed.status, 200) << sealed.body;
  EXPECT_EQ(sealed.body.find("ppp"), std::string::npos);
  EXPECT_NE(as("audit").call("GET", "/media/" + id + "/statement").body.find("KIOSKWARD FILE STATEMENT"),
            std::string::npos);
  EXPECT_EQ(as("security").call("GET", "/media/" + id + "/sealed").status, 403);
  EXPECT_EQ(bed.recorded("media.exported").params().at("order"), id);
  EXPECT_EQ(as("system").call("GET", content + "?purpose=x").status, 403);
  EXPECT_EQ(as("security").call("GET", "/media/" + std::string(32, 'a') + "/content?purpose=x").status, 404);
}

TEST_F(MediaRoad, ADamagedFileIsNotShownAtAll) {
  auto peer = bed.admitted(kiosk);
  const auto id = ask("snapshot");
  order(*peer);
  give(*peer, id, "snapshot", 0, true, kJpeg);
  const auto file = bed.platform.media_dir.path() / (id + ".sealed");
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(60);
  out.put('!');
  out.close();
  const auto reply = as("security").call("GET", "/media/" + id + "/content?purpose=x");
  EXPECT_EQ(reply.status, 500);
  EXPECT_NE(reply.body.find("corrupt"), std::string::npos);
  EXPECT_EQ(bed.recorded("media.damaged").params().at("order"), id);
}

TEST_F(MediaRoad, UnaskedMediaIsRefusedAndTheLinkStands) {
  auto peer = bed.admitted(kiosk);
  const auto report = give(*peer, std::string(32, 'a'), "snapshot", 0, true, kJpeg);
  EXPECT_EQ(report.outcome(), "refused");
  EXPECT_EQ(report.reason(), "no_order");
  EXPECT_EQ(bed.recorded("media.unasked").params().at("reason"), "no_order");
  EXPECT_EQ(give(*peer, std::string(32, 'b'), "live", 0, false, kJpeg).outcome(), "refused");
}

TEST_F(MediaRoad, PartsOutOfOrderEndTheLink) {
  auto peer = bed.admitted(kiosk);
  v1::Envelope out;
  out.mutable_media()->mutable_piece()->set_order_id(std::string(16, 'o'));
  out.mutable_media()->set_offset(5);
  out.mutable_media()->set_size(10);
  peer->write(std::move(out));
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("link.bad_message").params().at("peer"), "127.0.0.2");
}

TEST_F(MediaRoad, ALiveViewIsShownToWhoMayAndRecordedFromBeginningToEnd) {
  auto peer = bed.admitted(kiosk);
  const auto id = ask("live", R"({"seconds":"60"})");
  EXPECT_EQ(order(*peer).args().at("seconds"), "60");
  for (const auto* role : {"system", "audit"}) {
    Connection refused(as(role).port);
    EXPECT_EQ(look(refused, as(role), id), 403) << role;
  }
  Connection unsaid(as("security").port);
  EXPECT_EQ(look(unsaid, as("security"), id, ""), 422);
  Connection live(as("security").port);
  ASSERT_EQ(look(live, as("security"), id), 101);
  EXPECT_EQ(bed.recorded("media.watch.started").params().at("purpose"), "to help");
  ASSERT_TRUE(bed.soon([&] { return bed.platform.media.views().viewers(*OrderId::parse(id)) == 1; }));
  EXPECT_EQ(give(*peer, id, "live", 0, false, kJpeg).outcome(), "taken");
  const auto frame = live.take(2 + kJpeg.size());
  EXPECT_EQ(frame[0], '\x82') << "a binary message";
  EXPECT_EQ(frame.substr(2), kJpeg);

  // Somebody ends it: the viewer is sent away, and the kiosk is told with its next frame.
  EXPECT_EQ(as("security").call("POST", "/media/" + id + "/end", R"({"reason":"enough"})").status, 200);
  const auto ended = bed.recorded("media.watch.ended");
  EXPECT_EQ(ended.params().at("frames"), "1");
  EXPECT_EQ(ended.params().at("purpose"), "to help");
  EXPECT_EQ(ended.person(), "security");
  EXPECT_EQ(give(*peer, id, "live", 1, false, kJpeg).reason(), "over");
  Connection late(as("security").port);
  EXPECT_EQ(look(late, as("security"), id), 409);
}

TEST_F(MediaRoad, ALogoutEndsTheLook) {
  auto peer = bed.admitted(kiosk);
  const auto id = ask("live", R"({"seconds":"60"})");
  Connection live(as("other").port);
  ASSERT_EQ(look(live, as("other"), id), 101);
  ASSERT_TRUE(bed.soon([&] { return bed.platform.media.views().viewers(*OrderId::parse(id)) == 1; }));
  EXPECT_EQ(as("other").call("DELETE", "/session").status, 204);
  // The viewer's browser does not answer the closing; the ledger does not wait for it.
  ASSERT_EQ(bed.entries("media.watch.ended").size(), 1u);
  EXPECT_EQ(bed.recorded("media.watch.ended").person(), "other");
}

TEST_F(MediaRoad, WherePolicySaysSoAnotherPersonHasToApprove) {
  store::Policy policy;
  policy.revision = 1;
  policy.published = bed.platform.clock.now();
  policy.digest = Bytes(32);
  policy.template_json = "{}";
  policy.defence_json = R"({"camera":{"mode":"enforce","two_persons":true}})";
  good(bed.platform.store->write([&](auto& r) { return r.policies().insert(policy); }));
  auto peer = bed.admitted(kiosk);
  const auto body = R"({"section":"camera","action":"live","args":{"seconds":"60"},"reason":"a case"})";
  EXPECT_EQ(as("security").call("POST", path() + "/actions", body).status, 409) << "no way around";
  const auto asked = Person::parsed(as("security").call("POST", path() + "/requests", body));
  const auto id = text(asked, "id");
  EXPECT_EQ(text(asked, "state"), "waiting");
  EXPECT_EQ(text(asked, "order"), "");
  const auto approve = [&](const std::string& who) {
    return as(who).call("POST", "/requests/" + id + "/approve", R"({"reason":"seen"})");
  };
  EXPECT_EQ(approve("security").status, 403);
  EXPECT_EQ(approve("audit").status, 403);
  EXPECT_EQ(as("system").call("POST", path() + "/requests", body).status, 403);
  EXPECT_EQ(as("audit").get("/requests?state=waiting").at("items").as_array().size(), 1u);
  const auto approved = approve("system");
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approve("other").status, 409) << "once";
  EXPECT_EQ(order(*peer).person(), "security");
  const auto signed_order = order(*peer);
  EXPECT_EQ(signed_order.person(), "system");
  EXPECT_EQ(to_hex(bytes_of(signed_order.order_id())), text(Person::parsed(approved), "order"));
  EXPECT_EQ(as("security").call("GET", "/requests?state=x").status, 422);
  EXPECT_EQ(as("security").call("GET", "/requests/" + std::string(32, 'a')).status, 404);
}

}  // namespace
}  // namespace kw::server

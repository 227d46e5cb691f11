// Answers whose connector maps values to the data catalogue: what a kiosk gets of them, and what the ledger holds.
#include <boost/asio/executor_work_guard.hpp>
#include <fstream>

#include "net/http_server.h"
#include "server/testing/business.h"

namespace kw::server {
namespace {

using masking::Place, masking::Purpose;
using testing::code;
using testing::good;
using testing::Kiosk;
using testing::LinkBed;
using testing::take;

constexpr std::string_view kHolder =
    R"({"data":{"holder":{"name":"欧阳小明","phone":"13912345678","sex":"女"}},"addresses":["广东省深圳市福田区福中路1号"],)"
    R"("note":"欧阳小明的备注","ground":"连续就读"})";

/// Answerer says one thing to whatever it is asked.
class Answerer {
 public:
  Answerer() {
    net::Router router;
    router.add("GET", "/api/holders/{number}", [this](const net::Request& request) {
      if (request.path.ends_with("/none")) return net::json_response(404, R"({"error":"none"})");
      if (request.path.ends_with("/text")) return net::json_response(200, "欧阳小明");
      if (request.path.ends_with("/shape")) return net::json_response(200, R"({"data":"欧阳小明"})");
      return net::json_response(200, std::string(kHolder));
    });
    server_ = take(net::HttpServer::start(context_.get_executor(), {}, std::move(router), {log_, clock_, random_}));
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Answerer() {
    server_->stop();
    guard_.reset();
    context_.stop();
    thread_.join();
  }
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  NullLog log_;
  testing::FakeClock clock_;
  crypto::SystemRandom random_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

const matters::MatterBook& answer_book() {
  static const auto book = take(matters::MatterBook::load(KW_SOURCE_DIR "/catalogue"));
  return book;
}

std::string connector_text(std::uint16_t port, const std::string& more = "") {
  return R"(
name = "residence"
base = "http://127.0.0.1:)" +
         std::to_string(port) + R"(/api"
[[matter]]
code = "residence-permit"
[[operation]]
method = "GET"
path = "/holders/{number}"
)" + more +
         R"(
[[operation.field]]
pointer = "/data/holder/name"
field = "holder_name"
[[operation.field]]
pointer = "/data/holder/phone"
field = "phone"
[[operation.field]]
pointer = "/data/holder/sex"
field = "sex"
[[operation.field]]
pointer = "/addresses/*"
field = "address"
[[operation.field]]
pointer = "/ground"
field = "ground"
)";
}

struct BrokerAnswers : ::testing::Test {
  Answerer back_end;
  std::string rest;
  std::optional<LinkBed> bed;
  std::optional<Kiosk> kiosk;

  void open(const std::string& more = "") {
    bed.emplace(LinkOptions(5), Connectors({take(trail::parse_connector(connector_text(back_end.port(), more)))}),
                AuthorityFiles(), &answer_book());
    kiosk.emplace(Kiosk::enrolled(bed->platform, "127.0.0.2"));
    const auto begun = take(bed->business->begin(kiosk->id, testing::session_begin("residence-permit")));
    EXPECT_EQ(begun.outcome, "begun");
  }
  ServiceReply ask(const std::string& number = "1", std::optional<WholeWish> wish = {}) {
    return testing::ask_broker(*bed, kiosk->id, bytes_of(std::string(16, 's')), "/holders/" + number,
                               std::chrono::seconds(10), wish);
  }
};

TEST_F(BrokerAnswers, MappedValuesAreMaskedAndTheRestIsDropped) {
  open();
  const auto reply = ask();
  EXPECT_EQ(reply.outcome, "answered");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.body, R"({"data":{"holder":{"name":"欧阳**","phone":"139****78","sex":"****"}},)"
                        R"("addresses":["广东省****"],"ground":"连续就读"})");
  const auto entry = bed->recorded("service.request");
  EXPECT_EQ(entry.params().at("octets_in"), std::to_string(kHolder.size())) << "what came, not what was left";
  EXPECT_TRUE(bed->entries("service.revealed").empty());
}

TEST_F(BrokerAnswers, TheRestPassesWhereTheConnectorSaysSo) {
  open("rest = \"pass\"");
  const auto reply = ask();
  EXPECT_NE(reply.body.find(R"("note":"欧阳小明的备注")"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find(R"("name":"欧阳**")"), std::string::npos) << reply.body;
}

TEST_F(BrokerAnswers, WholeValuesComeForEntryAndAreRecorded) {
  open();
  const auto reply = ask("1", WholeWish{Purpose::entry, Place::entry_screen});
  EXPECT_EQ(reply.body, R"({"data":{"holder":{"name":"欧阳小明","phone":"13912345678","sex":"****"}},)"
                        R"("addresses":["广东省深圳市福田区福中路1号"],"ground":"连续就读"})");
  const auto entry = bed->recorded("service.revealed");
  EXPECT_EQ(entry.params().at("fields"), "address holder_name phone") << "sex is hidden from everybody";
  EXPECT_EQ(entry.params().at("purpose"), "entry");
  EXPECT_EQ(entry.params().at("place"), "entry_screen");
  EXPECT_EQ(entry.params().at("service"), "residence");
  EXPECT_EQ(entry.trace_id(), std::string(16, 't'));
  for (const auto* word : {"欧阳", "139", "福田"}) EXPECT_EQ(entry.ShortDebugString().find(word), std::string::npos);
}

TEST_F(BrokerAnswers, ACertificateBearsWhatItsMatterSaysAndNoMore) {
  open();
  const auto reply = ask("1", WholeWish{Purpose::certificate, Place::printer});
  EXPECT_NE(reply.body.find(R"("phone":"139****78")"), std::string::npos) << reply.body;
  EXPECT_EQ(bed->recorded("service.revealed").params().at("fields"), "address holder_name");
}

TEST_F(BrokerAnswers, NothingIsRevealedAtAnotherPlace) {
  open();
  EXPECT_EQ(ask("1", WholeWish{Purpose::entry, Place::printer}).body, ask().body);
  EXPECT_TRUE(bed->entries("service.revealed").empty());
}

TEST_F(BrokerAnswers, WhatCannotBeMaskedDoesNotPass) {
  open("rest = \"pass\"");
  for (const auto* bad : {"text", "shape"}) {
    const auto reply = ask(bad, WholeWish{Purpose::entry, Place::entry_screen});
    EXPECT_EQ(reply.outcome, "backend_malformed") << bad;
    EXPECT_EQ(reply.body, "");
    EXPECT_EQ(reply.status, 0U);
  }
  EXPECT_TRUE(bed->entries("service.revealed").empty());
  const auto none = ask("none");
  EXPECT_EQ(none.status, 404U);
  EXPECT_EQ(none.body, R"({"error":"none"})");
  EXPECT_EQ(bed->recorded("service.request").params().at("reason"), "backend_malformed");
}

TEST_F(BrokerAnswers, WhatCannotBeRecordedIsNotRevealed) {
  open();
  std::size_t commits = 0;
  bed->on_commit = [&](const Effects&) { bed->platform.store->full = ++commits == 1; };
  const auto reply = ask("1", WholeWish{Purpose::entry, Place::entry_screen});
  EXPECT_EQ(reply.outcome, "unrecorded");
  EXPECT_EQ(reply.body, "");
}

TEST(AnswerMaps, AreCheckedAgainstTheCatalogueAtTheStart) {
  testing::TemporaryDirectory dir;
  const auto write = [&](std::string text, const std::string& from = "", const std::string& to = "") {
    if (!from.empty()) text.replace(text.find(from), from.size(), to);
    std::ofstream(dir.path() / "a.toml") << text;
    return Connectors::load(dir.path(), &answer_book());
  };
  EXPECT_TRUE(write(connector_text(1)));
  EXPECT_EQ(code(Connectors::load(dir.path(), nullptr)), Errc::invalid);
  const auto matter = write(connector_text(1), "residence-permit", "residence-card");
  EXPECT_EQ(code(matter), Errc::invalid);
  EXPECT_NE(matter.error().text().find("residence-card"), std::string::npos) << matter.error().text();
  const auto field = write(connector_text(1), "\"holder_name\"", "\"holders_name\"");
  EXPECT_EQ(code(field), Errc::invalid);
  EXPECT_NE(field.error().text().find("holders_name"), std::string::npos) << field.error().text();
  EXPECT_NE(field.error().text().find("a.toml"), std::string::npos) << field.error().text();
}

TEST(WholeWishes, AreThoseThatAnAgentSends) {
  EXPECT_FALSE(take(read_whole_wish("", "")));
  for (const auto& [purpose, place] :
       {std::pair{"entry", "entry_screen"}, {"certificate", "printer"}, {"entry", "printer"}}) {
    const auto wish = take(read_whole_wish(purpose, place));
    ASSERT_TRUE(wish);
    EXPECT_EQ(masking::name(wish->purpose), purpose);
    EXPECT_EQ(masking::name(wish->place), place);
  }
  for (const auto& [purpose, place] :
       {std::pair{"entry", ""}, {"", "printer"}, {"listing", "printer"}, {"entry", "log"}})
    EXPECT_EQ(code(read_whole_wish(purpose, place)), Errc::malformed) << purpose << place;
}

}  // namespace
}  // namespace kw::server

// The forms: what a record looks like on the wire, and that no value breaks out of its place.
#include "export/message.h"

#include <boost/json.hpp>
#include <pugixml.hpp>
#include <regex>

#include "export/gate.h"
#include "export/testing/records.h"

namespace kw::exports {
namespace {

using namespace testing;

Profile profile(const std::string& name) { return take(parse_profile(shipped(name))); }

/// A record whose every value tries to be something else.
Record hostile() {
  auto out = kiosk_record(5);
  const std::string bad = "a\"]\\|=&<>'\n\r\t\x7f\xff{}]]>\xEF\xBF\xBF 5 <110>1 ";
  out.type = "audit.read";
  out.result = out.person = out.role = out.clause = bad;
  out.place = {bad, bad, bad, bad};
  out.params = {{"query", bad}, {"a\"]b = c", bad}};
  return out;
}

// RFC 5424 section 6, as its grammar says: one header, structured data, BOM, text.
const std::regex kSyslog(
    R"re(<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) ((?:\[[^\s="\]]{1,32}(?: [^\s="\]]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\])+) ([^\n\r]*))re");

TEST(ExportSyslog, AMessageIsAsTheRfcSays) {
  const auto text = syslog_message(profile("syslog-tls"), kiosk_record(7));
  std::smatch m;
  ASSERT_TRUE(std::regex_match(text, m, kSyslog)) << text;
  EXPECT_EQ(m[1], std::to_string(13 * 8 + 4));  // log audit, warning
  EXPECT_EQ(m[2], "2026-11-18T11:06:40.123456Z");
  EXPECT_EQ(m[5], test_ledger().hex().substr(0, 16));
  EXPECT_EQ(m[6], "net.outbound.illegal");
  EXPECT_NE(m[7].str().find("[kioskward@32473 num=\"" + number_of(test_ledger(), 7) + "\""), std::string::npos);
  EXPECT_NE(m[7].str().find("[timeQuality tzKnown=\"1\" isSynced=\"1\"]"), std::string::npos);
  EXPECT_NE(m[7].str().find(R"(query="type=a&b=\"c\\\]\"")"), std::string::npos) << m[7];
  EXPECT_TRUE(m[8].str().starts_with("\xEF\xBB\xBFnet.outbound.illegal success 自助终端-01"));
}

TEST(ExportSyslog, NoValueBreaksOut) {
  auto p = profile("syslog-tls");
  auto record = hostile();
  const auto text = syslog_message(p, record);
  EXPECT_TRUE(std::regex_match(text, kSyslog)) << text;
  p.syslog.bom = false;
  EXPECT_EQ(syslog_message(p, record).find("\xEF\xBB\xBF"), std::string::npos);
}

TEST(ExportSyslog, StaysWithinItsSizeAndSaysWhatHadNoRoom) {
  auto p = profile("syslog-tls");
  p.syslog.most_octets = 2048;
  auto record = kiosk_record(1);
  for (int i = 0; i < 31; ++i) record.params["p" + std::to_string(i)] = std::string(512, 'x');
  const auto text = syslog_message(p, record);
  EXPECT_LE(text.size(), 2048u);
  EXPECT_NE(text.find("cut=\""), std::string::npos);
  EXPECT_TRUE(std::regex_match(text, kSyslog));
}

TEST(ExportSyslog, FramesCountOctets) {
  const auto p = profile("syslog-tls");
  const Batch batch{"b", {kiosk_record(1), record(2)}};
  auto rest = take(encode(p, batch)).octets;
  std::size_t frames = 0;
  while (!rest.empty()) {
    const auto blank = rest.find(' ');
    const auto size = std::stoul(rest.substr(0, blank));
    EXPECT_TRUE(std::regex_match(rest.substr(blank + 1, size), kSyslog));
    rest.erase(0, blank + 1 + size);
    ++frames;
  }
  EXPECT_EQ(frames, 2u);
}

TEST(ExportXml, ABatchHasEachFieldInItsElement) {
  auto p = profile("police-gate");
  const Batch batch{"KW1-x", {kiosk_record(7), record(8)}};
  const auto octets = take(xml_document(p, batch));
  EXPECT_TRUE(octets.starts_with("<?xml version=\"1.0\" encoding=\"GB18030\"?>"));
  const auto text = take(decode_text(bytes_of(octets), Charset::gb18030));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8));
  EXPECT_STREQ(document.child("Aspt").child_value("Version"), "1.0");
  const auto log = document.child("Aspt").child("Logs").child("Log");
  EXPECT_EQ(log.child_value("Num_ID"), number_of(test_ledger(), 7));
  EXPECT_STREQ(log.child_value("Terminal_ID"), "198.18.10.10");
  EXPECT_STREQ(log.child_value("Operate_Time"), "20261118190640");
  EXPECT_STREQ(log.child_value("Operate_Type"), "1");
  EXPECT_STREQ(log.child_value("Operate_Result"), "1");
  EXPECT_STREQ(log.next_sibling().child_value("User_ID"), "auditadmin");
  EXPECT_STREQ(log.next_sibling().child_value("User_Name"), "审计管理员");
  EXPECT_EQ(std::distance(log.begin(), log.end()), 12);
}

TEST(ExportXml, NoValueBreaksOut) {
  for (const auto* shipped_name : {"police-gate", "police-soap"}) {
    const auto p = profile(shipped_name);
    const Batch batch{"KW1-x", {hostile()}};
    const auto text = take(decode_text(bytes_of(take(xml_document(p, batch))), p.charset));
    pugi::xml_document document;
    ASSERT_TRUE(document.load_buffer(text.data(), text.size(), pugi::parse_full, pugi::encoding_utf8)) << text;
    const auto logs = document.child("Aspt").child("Logs");
    EXPECT_EQ(std::distance(logs.begin(), logs.end()), 1);
    EXPECT_EQ(std::distance(logs.first_child().begin(), logs.first_child().end()), 12);
  }
}

TEST(ExportSoap, CarriesTheRecordsAsText) {
  const auto p = profile("police-soap");
  const Batch batch{batch_number(p, test_ledger(), 7, 9), {kiosk_record(7), hostile()}};
  const auto message = take(encode(p, batch));
  EXPECT_EQ(message.content_type, "text/xml; charset=GBK");
  const auto text = take(decode_text(bytes_of(message.octets), Charset::gbk));
  pugi::xml_document outer, inner;
  ASSERT_TRUE(outer.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8));
  const auto call = outer.first_child().child("soap:Body").child("op:acceptLogs");
  EXPECT_STREQ(call.attribute("xmlns:op").value(), "http://service.example/");
  EXPECT_EQ(call.child_value("op:sendId"), batch.number);
  EXPECT_STREQ(call.child_value("op:logType"), "1");
  const std::string logs = call.child_value("op:logs");
  ASSERT_TRUE(inner.load_buffer(logs.data(), logs.size(), pugi::parse_default, pugi::encoding_utf8)) << logs;
  EXPECT_EQ(inner.child("Aspt").child("Logs").first_child().child_value("Num_ID"), number_of(test_ledger(), 7));
}

TEST(ExportCef, EscapesAsTheFormatSays) {
  const auto p = profile("cef-post");
  const auto line = cef_line(p, kiosk_record(7));
  EXPECT_TRUE(line.starts_with("CEF:0|Kioskward|platform|1|net.outbound.illegal|net.outbound.illegal|6|externalId=" +
                               number_of(test_ledger(), 7) + " rt=1795000000123 outcome=success"))
      << line;
  EXPECT_NE(line.find(R"(msg=query\=type\=a&b\="c\\]")"), std::string::npos) << line;
  const auto bad = cef_line(p, hostile());
  EXPECT_EQ(bad.find('\n'), std::string::npos);
  EXPECT_EQ(std::count(bad.begin(), bad.end(), '\r'), 0);
  const auto extension = bad.substr(bad.find("|6|") + 3);
  EXPECT_FALSE(std::regex_search(extension, std::regex(R"([^\\]=[^=]* 5 <110>1 =)")));
}

TEST(ExportJson, OneObjectALine) {
  const auto p = profile("jsonl-post");
  const Batch batch{"b", {kiosk_record(7), hostile()}};
  const auto message = take(encode(p, batch));
  EXPECT_EQ(std::count(message.octets.begin(), message.octets.end(), '\n'), 2);
  const auto first = boost::json::parse(message.octets.substr(0, message.octets.find('\n')));
  EXPECT_EQ(first.at("number").as_string(), number_of(test_ledger(), 7));
  EXPECT_EQ(first.at("site").as_string(), "南山政务中心");
  EXPECT_EQ(first.as_object().size(), p.fields.size());
}

TEST(ExportKafka, KeysAreNumbers) {
  const Batch batch{"b", {kiosk_record(7), hostile()}};
  const auto two = boost::json::parse(take(encode(profile("kafka-cef"), batch)).octets);
  EXPECT_EQ(two.at("records").as_array().size(), 2u);
  EXPECT_EQ(two.at("records").at(0).at("key").as_string(), number_of(test_ledger(), 7));
  const auto three = take(encode(profile("kafka-json"), batch)).octets;
  const auto first = boost::json::parse(three.substr(0, three.find('\n')));
  EXPECT_EQ(first.at("key").at("data").as_string(), number_of(test_ledger(), 7));
  EXPECT_EQ(first.at("value").at("data").at("type").as_string(), "net.outbound.illegal");
}

TEST(ExportBatch, ItsNumberTellsItsEntries) {
  const auto p = profile("police-gate");
  const auto number = batch_number(p, test_ledger(), 40, 140);
  const auto span = span_of_batch(p, test_ledger(), number);
  ASSERT_TRUE(span);
  EXPECT_EQ(span->from, 40u);
  EXPECT_EQ(span->end, 140u);
  for (const auto& bad :
       {std::string(), std::string("KW1"), number + "x", number.substr(3), std::string("KW1-5"), "KW1" + number})
    EXPECT_FALSE(span_of_batch(p, test_ledger(), bad)) << bad;
}

TEST(ExportGate, TheManifestNamesAndDigests) {
  const Batch batch{"KW1-x", {kiosk_record(7), record(9)}};
  const auto manifest = boost::json::parse(gate_manifest(batch, "abc"));
  // SM3 of "abc": GB/T 32905-2016 appendix A.1.
  EXPECT_EQ(manifest.at("sm3").as_string(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  EXPECT_EQ(manifest.at("records").as_int64(), 2);
  EXPECT_EQ(manifest.at("last").as_string(), number_of(test_ledger(), 9));
  EXPECT_EQ(batch_of_reply("KW1-x.reply.xml"), "KW1-x");
  EXPECT_FALSE(batch_of_reply("KW1-x.xml"));
  EXPECT_FALSE(batch_of_reply(".reply.xml"));
}

}  // namespace
}  // namespace kw::exports

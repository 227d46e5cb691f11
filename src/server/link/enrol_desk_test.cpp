#include "server/link/enrol_desk.h"

#include <fstream>

#include "base/writer.h"
#include "pki/enveloped_key.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::hardware;
using testing::take;
using testing::test_key;
using testing::test_request;

std::string csr_file(const std::string& name) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/src/server/link/testdata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}
const crypto::Sm2PrivateKey& other_key() {
  static const auto key = take(crypto::Sm2PrivateKey::generate());
  return key;
}
v1::EnrolPoll poll_for(const std::string& id, const std::string& challenge,
                       const crypto::Sm2PrivateKey& key = test_key()) {
  v1::EnrolPoll out;
  out.set_enrolment_id(id);
  Writer message;
  message.raw(bytes_of("kioskward:enrol-poll:v1")).u8(0).raw(bytes_of(challenge)).raw(bytes_of(id));
  out.set_signature(copy_text(take(key.sign(message.view()))));
  return out;
}

class EnrolDeskTest : public ::testing::Test {
 protected:
  explicit EnrolDeskTest() {
    store::Site site;
    site.name = "site";
    site_ = take(p_.enrol.create_site(site, p_.security)).id;
  }
  std::string token(std::uint64_t minutes = 10) {
    return take(p_.enrol.create_token(site_, minutes, "", p_.security)).text;
  }
  static v1::EnrolRequest request(const std::string& token) {
    v1::EnrolRequest out;
    out.set_token(token);
    out.set_pkcs10(copy_text(test_request().der()));
    *out.mutable_hardware() = hardware();
    out.set_mac("02:4b:57:00:10:10");
    out.set_address("198.18.10.10");
    out.set_interface("eth0");
    out.set_hostname("kiosk");
    out.set_agent_version("1.2.3");
    out.set_vendor_model("model");
    return out;
  }
  v1::EnrolReply ask(const v1::EnrolRequest& request) { return take(desk_.request(request, "198.18.10.10")); }
  std::vector<store::Enrolment> enrolments() { return take(p_.enrol.list(std::nullopt)); }

  testing::Platform p_;
  EnrolDesk desk_{p_.changes};
  SiteId site_;
};

TEST_F(EnrolDeskTest, ARequestIsStoredAsItCameAndWaits) {
  const auto asked = request(token());
  const auto reply = ask(asked);
  EXPECT_EQ(reply.state(), v1::PENDING);
  const auto rows = enrolments();
  ASSERT_EQ(rows.size(), 1u);
  const auto& row = rows.front();
  EXPECT_EQ(reply.enrolment_id(), copy_text(row.id.bytes()));
  EXPECT_EQ(row.state, store::EnrolmentState::pending);
  EXPECT_EQ(row.peer, "198.18.10.10");
  EXPECT_EQ(row.site, site_);
  EXPECT_EQ(copy_text(row.pkcs10), asked.pkcs10());
  EXPECT_EQ(row.hardware, schema::serialise(asked.hardware()));
  EXPECT_EQ(row.hostname, "kiosk");
  EXPECT_EQ(p_.count("enrol.requested"), 1u);
  EXPECT_TRUE(p_.effects.back().enrolments.contains(row.id));
  // What the reply does not hold yet.
  EXPECT_TRUE(reply.signing_certificate().empty());
  EXPECT_TRUE(reply.enveloped_key().empty());
}

TEST_F(EnrolDeskTest, ARequestMadeByOpenSslIsTaken) {
  auto asked = request(token());
  asked.set_pkcs10(csr_file("sm2.csr"));
  EXPECT_EQ(ask(asked).state(), v1::PENDING);
}

TEST_F(EnrolDeskTest, TokensThatAreNoneLookAllAlike) {
  const auto used = token(), expired = token(1);
  ask(request(used));
  p_.clock.advance(std::chrono::minutes(1));
  auto other = request(used);
  other.set_pkcs10(copy_text(test_request(other_key()).der()));
  const std::pair<std::string, v1::EnrolRequest> cases[] = {
      {"unknown", request("kw-unknown")}, {"expired at this moment", request(expired)}, {"used by another", other}};
  v1::EnrolReply refused;
  refused.set_state(v1::TOKEN_REFUSED);
  std::size_t recorded = 0;
  for (const auto& [name, asked] : cases) {
    EXPECT_EQ(schema::serialise(ask(asked)), schema::serialise(refused)) << name;
    EXPECT_EQ(p_.count("enrol.token.refused"), ++recorded) << name;
  }
  EXPECT_EQ(enrolments().size(), 1u);
  EXPECT_EQ(take(p_.alarms.page({})).items.at(0).params.at("peer"), "198.18.10.10");
}

/// The answer was lost with the connection: the kiosk knows no ID to poll with, and its token is used.
TEST_F(EnrolDeskTest, AKioskThatAsksAgainWithItsTokenAndKeyGetsTheSameEnrolment) {
  const auto one = token();
  const auto first = ask(request(one));
  p_.clock.advance(std::chrono::hours(1));  // it was in time when it asked first
  const auto again = ask(request(one));     // signed anew: another request over the same key
  EXPECT_EQ(again.state(), v1::PENDING);
  EXPECT_EQ(again.enrolment_id(), first.enrolment_id());
  EXPECT_EQ(enrolments().size(), 1u);
  EXPECT_EQ(p_.count("enrol.requested"), 1u);
  EXPECT_EQ(p_.count("enrol.token.refused"), 0u);
  take(p_.enrol.reject(enrolments().at(0).id, "not ours", p_.security));
  EXPECT_EQ(ask(request(one)).enrolment_id(), first.enrolment_id()) << "polling tells the rest";
}

TEST_F(EnrolDeskTest, AGuesserDoesNotFloodTheLedger) {
  const auto guess = request("kw-guess");
  for (int i = 0; i < 25; ++i) EXPECT_EQ(ask(guess).state(), v1::TOKEN_REFUSED);
  EXPECT_EQ(p_.count("enrol.token.refused"), 20u);
  take(desk_.request(guess, "198.18.10.11"));
  EXPECT_EQ(p_.count("enrol.token.refused"), 21u) << "another peer";
  p_.clock.advance(std::chrono::seconds(61));
  ask(guess);
  EXPECT_EQ(p_.count("enrol.token.refused"), 22u);
}

TEST_F(EnrolDeskTest, ARequestThatIsNoneCostsNoToken) {
  using Spoil = std::function<void(v1::EnrolRequest&)>;
  const auto csr = [](const std::string& file) {
    return [file](v1::EnrolRequest& r) { r.set_pkcs10(csr_file(file)); };
  };
  const std::tuple<std::string, Errc, Spoil> cases[] = {
      {"no token", Errc::malformed, [](auto& r) { r.clear_token(); }},
      {"token too long", Errc::malformed, [](auto& r) { r.set_token(std::string(129, 't')); }},
      {"no request", Errc::truncated, [](auto& r) { r.clear_pkcs10(); }},
      {"junk", Errc::trailing_data, [](auto& r) { r.set_pkcs10(std::string(300, '\x30')); }},
      {"cut", Errc::truncated, [](auto& r) { r.mutable_pkcs10()->pop_back(); }},
      {"with something behind", Errc::trailing_data, [](auto& r) { r.mutable_pkcs10()->push_back('\0'); }},
      {"above 4 KiB", Errc::too_large, [](auto& r) { r.set_pkcs10(std::string(4097, '\x30')); }},
      {"false signature", Errc::bad_signature,
       [](auto& r) {
         const auto at = r.pkcs10().size() - 1;
         (*r.mutable_pkcs10())[at] = static_cast<char>(r.pkcs10()[at] ^ 1);
       }},
      {"signature of somebody else", Errc::bad_signature, csr("sm2_other_id.csr")},
      {"RSA key", Errc::unsupported, csr("rsa.csr")},
      {"P-256 key", Errc::unsupported, csr("p256.csr")},
      {"hardware padded with what nobody reads", Errc::too_large,
       [](auto& r) {
         auto* hardware = r.mutable_hardware();
         hardware->GetReflection()->MutableUnknownFields(hardware)->AddLengthDelimited(99, std::string(32768, 'x'));
       }},
      {"no hardware", Errc::malformed, [](auto& r) { r.clear_hardware(); }},
      {"hardware of another version", Errc::malformed, [](auto& r) { r.mutable_hardware()->set_version(2); }},
      {"hardware without a source", Errc::malformed, [](auto& r) { r.mutable_hardware()->clear_sources(); }},
      {"hardware out of order", Errc::malformed,
       [](auto& r) { r.mutable_hardware()->mutable_sources()->SwapElements(0, 1); }},
      {"hardware without end", Errc::malformed,
       [](auto& r) {
         for (int i = 0; i < 128; ++i) *r.mutable_hardware()->add_sources() = r.hardware().sources(0);
       }},
  };
  const auto one = token();
  for (const auto& [name, wanted, spoil] : cases) {
    auto asked = request(one);
    spoil(asked);
    EXPECT_EQ(kw::name(code(desk_.request(asked, "198.18.10.10"))), kw::name(wanted)) << name;
  }
  for (const auto* field : {"mac", "address", "interface", "hostname", "agent_version", "vendor_model"}) {
    auto asked = request(one);
    asked.GetReflection()->SetString(&asked, asked.GetDescriptor()->FindFieldByName(field), std::string(129, 'x'));
    EXPECT_EQ(code(desk_.request(asked, "198.18.10.10")), Errc::too_large) << field;
  }
  EXPECT_TRUE(enrolments().empty());
  EXPECT_EQ(p_.count("enrol.token.refused"), 0u);
  EXPECT_EQ(ask(request(one)).state(), v1::PENDING) << "the token is still good";
}

TEST_F(EnrolDeskTest, APollProvesWhoAsks) {
  const std::string challenge(32, 'c');
  const auto id = ask(request(token())).enrolment_id();
  EXPECT_EQ(take(desk_.poll(poll_for(id, challenge), bytes_of(challenge))).state(), v1::PENDING);
  auto other = request(token());
  other.set_pkcs10(copy_text(test_request(other_key()).der()));
  const auto other_id = ask(other).enrolment_id();

  EXPECT_EQ(code(desk_.poll(poll_for(id, challenge, other_key()), bytes_of(challenge))), Errc::bad_signature);
  EXPECT_EQ(code(desk_.poll(poll_for(id, std::string(32, 'd')), bytes_of(challenge))), Errc::bad_signature)
      << "replayed";
  auto swapped = poll_for(id, challenge);
  swapped.set_enrolment_id(other_id);
  EXPECT_EQ(code(desk_.poll(swapped, bytes_of(challenge))), Errc::bad_signature);
  auto unsigned_poll = poll_for(id, challenge);
  unsigned_poll.clear_signature();
  EXPECT_EQ(code(desk_.poll(unsigned_poll, bytes_of(challenge))), Errc::bad_signature);
  EXPECT_EQ(code(desk_.poll(poll_for(std::string(16, 'x'), challenge), bytes_of(challenge))), Errc::not_found);
  EXPECT_EQ(code(desk_.poll(poll_for("short", challenge), bytes_of(challenge))), Errc::malformed);
}

TEST_F(EnrolDeskTest, ARejectionIsToldWithoutItsReason) {
  const std::string challenge(32, 'c');
  const auto id = ask(request(token())).enrolment_id();
  take(p_.enrol.reject(enrolments().at(0).id, "not ours", p_.security));
  const auto reply = take(desk_.poll(poll_for(id, challenge), bytes_of(challenge)));
  v1::EnrolReply wanted;
  wanted.set_state(v1::REJECTED);
  wanted.set_enrolment_id(id);
  EXPECT_EQ(schema::serialise(reply), schema::serialise(wanted));
}

/// The whole road over the wire, with a connection lost between any two steps.
TEST(EnrolOverTheWire, AKioskComesBackForItsApprovalAsOftenAsItNeedsTo) {
  testing::LinkBed bed;
  auto& p = bed.platform;
  store::Site site;
  site.name = "site";
  const auto token =
      take(p.enrol.create_token(take(p.enrol.create_site(site, p.security)).id, 10, "", p.security)).text;
  const auto exchange = [&](const std::function<void(v1::Envelope&, const std::string&)>& ask) {
    auto peer = bed.connect();
    EXPECT_TRUE(peer->handshake());
    v1::Envelope question;
    ask(question, peer->welcomed());
    const auto sent = peer->write(question);
    const auto answer = peer->read();
    EXPECT_TRUE(answer && answer->has_enrol_reply() && answer->correlation() == sent);
    EXPECT_TRUE(peer->ended()) << "one question a connection";
    return answer ? answer->enrol_reply() : v1::EnrolReply();
  };
  const auto first = exchange([&](v1::Envelope& question, const std::string&) {
    auto& request = *question.mutable_enrol_request();
    request.set_token(token);
    request.set_pkcs10(copy_text(test_request().der()));
    *request.mutable_hardware() = hardware();
    request.set_interface("eth0");
  });
  EXPECT_EQ(first.state(), v1::PENDING);
  const auto poll = [&] {
    return exchange([&](v1::Envelope& question, const std::string& challenge) {
      *question.mutable_enrol_poll() = poll_for(first.enrolment_id(), challenge);
    });
  };
  EXPECT_EQ(poll().state(), v1::PENDING);
  const auto id = take(EnrolmentId::from_bytes(bytes_of(first.enrolment_id())));
  const auto device = take(p.enrol.approve(id, p.binding(id), p.security)).device;
  const auto reply = poll();
  EXPECT_EQ(reply.state(), v1::APPROVED);
  EXPECT_EQ(schema::serialise(poll()), schema::serialise(reply)) << "the same for a kiosk whose connection broke";

  EXPECT_EQ(reply.enrolment_id(), first.enrolment_id());
  EXPECT_EQ(reply.device_id(), copy_text(device.bytes()));
  const auto signing = take(crypto::Certificate::parse(bytes_of(reply.signing_certificate())));
  const auto encryption = take(crypto::Certificate::parse(bytes_of(reply.encryption_certificate())));
  pki::TrustStore trust;
  ASSERT_EQ(reply.ca_chain_size(), 1);
  trust.anchors = {take(crypto::Certificate::parse(bytes_of(reply.ca_chain(0))))};
  EXPECT_TRUE(pki::verify_peer({signing.der(), encryption.der()}, trust, p.clock.now(), true));
  EXPECT_EQ(signing.public_key(), test_key().public_key());
  auto encryption_key = take(pki::open_enveloped_key(bytes_of(reply.enveloped_key()), test_key()));
  EXPECT_EQ(encryption_key.public_key(), encryption.public_key());
  EXPECT_FALSE(pki::open_enveloped_key(bytes_of(reply.enveloped_key()), other_key()));
  EXPECT_EQ(take(pki::parse_rule(reply.command_rule())).policy_threshold, 1u);
  EXPECT_EQ(reply.ledger_key(), copy_text(testing::test_keys().ledger_key().public_key().spki()));

  // Its certificates carry it into admission, where this machine's address is not the bound one.
  testing::Kiosk kiosk{.id = device, .address = "198.18.10.10", .pair = {signing, encryption, encryption_key}};
  auto peer = bed.connect(kiosk.identity());
  ASSERT_TRUE(peer->handshake());
  peer->admission(kiosk.report(), peer->welcomed());
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("admission.refused.wrong_ip").device_id(), reply.device_id());
}

}  // namespace
}  // namespace kw::server

#include <gtest/gtest.h>

#include "base/writer.h"
#include "tests/support/tlcp/transcript.h"

namespace kw::tlcp::testing {
namespace {

ClientHello sample_hello(const Bytes& name) {
  ClientHello out;
  out.suites = {0xE053, 0xE013, 0x00ff};
  out.extensions = {{kExtensionServerName, name}, {0x0023, {}}};
  return out;
}

// Parsing every beginning of a message must fail, and one octet too many as well.
template <class Parse>
void expect_exact(ByteView body, Parse parse, std::size_t also_fine = 0) {
  ASSERT_TRUE(parse(body));
  for (std::size_t n = 0; n < body.size(); ++n) {
    if (also_fine != 0 && n == also_fine) continue;
    EXPECT_FALSE(parse(body.first(n))) << n << " of " << body.size();
  }
  auto longer = copy(body);
  longer.push_back(0);
  EXPECT_FALSE(parse(longer));
}

TEST(ClientHello, parses_exactly) {
  const auto name = server_name_extension("kiosk.example");
  const auto body = serialise(sample_hello(name));
  const std::size_t without_extensions = 2 + 32 + 1 + 2 + 6 + 2;
  expect_exact(body, parse_client_hello, without_extensions);
  const auto hello = parse_client_hello(body).value();
  EXPECT_TRUE(hello.offers(Suite::ecc_sm4_gcm_sm3));
  EXPECT_EQ(parse_server_name(hello.extensions.at(0).data).value(), "kiosk.example");
}

TEST(ClientHello, refuses_what_cannot_be) {
  const auto with = [](auto change) {
    ClientHello hello = sample_hello({});
    hello.extensions.clear();
    change(hello);
    return parse_client_hello(serialise(hello)).has_value();
  };
  EXPECT_TRUE(with([](ClientHello&) {}));
  EXPECT_FALSE(with([](ClientHello& h) { h.suites.clear(); }));
  EXPECT_FALSE(with([](ClientHello& h) { h.extensions = {{7, {}}, {7, {}}}; }));
  const Bytes id(33);
  EXPECT_FALSE(with([&](ClientHello& h) { h.session_id = id; }));
  EXPECT_FALSE(with([](ClientHello& h) {
    for (std::uint16_t i = 0; i < 65; ++i) h.extensions.push_back({i, {}});
  }));
}

TEST(ServerName, is_one_printable_host_name) {
  expect_exact(server_name_extension("a.b"), parse_server_name);
  EXPECT_FALSE(parse_server_name(server_name_extension("")));
  EXPECT_FALSE(parse_server_name(server_name_extension("a b")));
  EXPECT_FALSE(parse_server_name(server_name_extension(std::string_view("a\0b", 3))));
  EXPECT_FALSE(parse_server_name(server_name_extension(std::string(256, 'a'))));
}

TEST(ServerHello, parses_exactly) {
  ServerHello hello;
  hello.suite = 0xE053;
  hello.extensions = {{kExtensionServerName, {}}};
  const auto body = serialise(hello);
  expect_exact(body, parse_server_hello, 2 + 32 + 1 + 2 + 1);
}

TEST(CertificateList, parses_exactly_and_is_bounded) {
  expect_exact(serialise_certificate_list({copy(bytes_of("one")), copy(bytes_of("two"))}), parse_certificate_list);
  EXPECT_TRUE(parse_certificate_list(serialise_certificate_list({})).value().empty());
  EXPECT_FALSE(parse_certificate_list(serialise_certificate_list({Bytes{}})));
  EXPECT_EQ(parse_certificate_list(serialise_certificate_list(std::vector<Bytes>(17, Bytes{1}))).code(), Errc::too_large);
}

TEST(CertificateRequest, parses_exactly_and_drops_names_that_do_not_fit) {
  const CertificateRequest request{{kCertificateTypeEcdsa}, {copy(bytes_of("name"))}};
  expect_exact(serialise(request), parse_certificate_request);
  EXPECT_FALSE(parse_certificate_request(serialise(CertificateRequest{{}, {}})));
  const CertificateRequest many{{kCertificateTypeEcdsa}, std::vector<Bytes>(3, Bytes(30000))};
  EXPECT_EQ(parse_certificate_request(serialise(many)).value().authorities.size(), 2U);
}

TEST(Opaque16, parses_exactly) {
  expect_exact(serialise_opaque16(bytes_of("der")), parse_opaque16);
  EXPECT_FALSE(parse_opaque16(serialise_opaque16({})));
}

TEST(HandshakeReader, joins_and_cuts) {
  auto octets = encode_handshake(HandshakeType::server_hello_done, {});
  append(octets, encode_handshake(HandshakeType::finished, bytes_of("twelve octet")));
  HandshakeReader reader;
  std::vector<HandshakeType> seen;
  for (const auto octet : octets) {
    reader.feed(ByteView(&octet, 1));
    const auto next = reader.next();
    ASSERT_TRUE(next);
    if (*next) seen.push_back((*next)->type);
  }
  EXPECT_EQ(seen, (std::vector{HandshakeType::server_hello_done, HandshakeType::finished}));
  EXPECT_TRUE(reader.empty());
  reader.feed(Bytes{1, 0x01, 0x00, 0x00});
  EXPECT_EQ(reader.next().code(), Errc::too_large);
}

TEST(Suites, have_their_standard_words) {
  for (const auto suite : kSuites) EXPECT_EQ(find_suite(name(suite)), suite);
  EXPECT_EQ(find_suite("e053"), Suite::ecc_sm4_gcm_sm3);
  EXPECT_EQ(find_suite(std::uint16_t{0xE013}), Suite::ecc_sm4_cbc_sm3);
  EXPECT_FALSE(find_suite("e051"));
  EXPECT_FALSE(find_suite("e053x"));
  EXPECT_FALSE(find_suite(""));
}

}  // namespace
}  // namespace kw::tlcp::testing

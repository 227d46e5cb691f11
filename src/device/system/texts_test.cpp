#include "device/system/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "device/system/control_file.h"
#include "device/system/packages.h"

namespace kw::device {
namespace {

using ::testing::ElementsAre;

TEST(ControlFile, paragraphs_and_continuations) {
  const std::string text =
      "\n\nPackage: a\nDescription: one\n more: of it\n .\nVersion:  1.0 \nno field\n\n \nPackage: b\n# Package: "
      "c\nVersion: 2";
  ControlFile file(text);
  const auto* one = file.next();
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->get("Package"), "a");
  EXPECT_EQ(one->get("Version"), "1.0");
  EXPECT_EQ(one->get("more"), "");
  one = file.next();
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->get("Package"), "b");
  EXPECT_EQ(one->get("Version"), "2");
  EXPECT_EQ(file.next(), nullptr);
  EXPECT_EQ(file.next(), nullptr);
}
TEST(ControlFile, every_version_of_the_file) {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/src/device/system/versions.txt");
  int cases = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string a, op, b;
    words >> a >> op >> b;
    const int wanted = op == "<" ? -1 : op == ">" ? 1 : 0;
    EXPECT_EQ(compare_versions(a, b), wanted) << line;
    EXPECT_EQ(compare_versions(b, a), -wanted) << line;
    ++cases;
  }
  EXPECT_GE(cases, 25);
}
TEST(ControlFile, dates_of_release_files) {
  EXPECT_EQ(to_rfc3339(parse_mail_date("Sat, 10 May 2025 09:43:12 UTC").value()), "2025-05-10T09:43:12.000000000Z");
  EXPECT_EQ(to_rfc3339(parse_mail_date("Tue, 3 Dec 2024  8:01:02 GMT").value()), "2024-12-03T08:01:02.000000000Z");
  EXPECT_TRUE(parse_mail_date("10 May 2025 09:43:12 +0000"));
  for (const auto* bad :
       {"", "Sat", "Sat, 10 May 2025 09:43:12 CEST", "Sat, 32 May 2025 09:43:12 UTC", "Sat, 10 Mai 2025 09:43:12 UTC",
        "Sat, 10 anF 2025 09:43:12 UTC", "Sat, 10 May 2025 25:43:12 UTC", "Sat, -1 May 2025 09:43:12 UTC",
        "Sat, 10 May 99 09:43:12 UTC"})
    EXPECT_EQ(parse_mail_date(bad).code(), Errc::malformed) << bad;
}
TEST(Texts, os_release) {
  const auto out = parse_os_release(
      "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n# ID=no\nID=debian\nVERSION_ID='12'\n=x\nnothing\nID=again\n");
  EXPECT_EQ(out.at("ID"), "debian");
  EXPECT_EQ(out.at("VERSION_ID"), "12");
  EXPECT_EQ(out.at("PRETTY_NAME"), "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(out.size(), 3U);
}
TEST(Texts, serial_consoles_on_the_command_line) {
  EXPECT_THAT(serial_consoles("quiet console=tty0 console=ttyS0,115200n8 xconsole=ttyS9 console=ttyAMA0\n"),
              ElementsAre("ttyS0", "ttyAMA0"));
  EXPECT_TRUE(serial_consoles("console=").empty());
}

constexpr auto kHeading =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
std::string row(const std::string& local, const std::string& remote, const std::string& state, int inode) {
  return "   0: " + local + " " + remote + " " + state + " 00000000:00000000 00:00000000 00000000     0        0 " +
         std::to_string(inode) + " 1 0000 100 0 0 10 0\n";
}
TEST(Texts, sockets_that_take_from_anywhere) {
  const auto tcp = parse_sockets(
      kHeading + row("00000000:0016", "00000000:0000", "0A", 11) + row("0100007F:0277", "00000000:0000", "0A", 12) +
          row("0A0A12C6:0016", "140A12C6:D431", "01", 13) + row("0A0A12C6:1F90", "00000000:0000", "0A", 14),
      "tcp");
  ASSERT_TRUE(tcp);
  EXPECT_THAT(
      *tcp, ElementsAre(ListenerSeen{"tcp", "0.0.0.0", 22, 11, ""}, ListenerSeen{"tcp", "198.18.10.10", 8080, 14, ""}));
  const std::string any6(32, '0'), loop6 = "00000000000000000000000001000000",
                                   mapped = "0000000000000000FFFF00000100007F";
  const auto tcp6 = parse_sockets(kHeading + row(any6 + ":0016", any6 + ":0000", "0A", 21) +
                                      row(loop6 + ":0016", any6 + ":0000", "0A", 22) +
                                      row(mapped + ":0016", any6 + ":0000", "0A", 23) +
                                      row("B80D0120000000000000000001000000:0050", any6 + ":0000", "0A", 24),
                                  "tcp");
  ASSERT_TRUE(tcp6);
  EXPECT_THAT(*tcp6,
              ElementsAre(ListenerSeen{"tcp", "::", 22, 21, ""}, ListenerSeen{"tcp", "2001:db8::1", 80, 24, ""}));
  const auto udp = parse_sockets(
      kHeading + row("00000000:0044", "00000000:0000", "07", 31) + row("0A0A12C6:A001", "140A12C6:0035", "01", 32),
      "udp");
  ASSERT_TRUE(udp);
  EXPECT_THAT(*udp, ElementsAre(ListenerSeen{"udp", "0.0.0.0", 68, 31, ""}));
  EXPECT_TRUE(parse_sockets("", "tcp")->empty());
  EXPECT_TRUE(parse_sockets(kHeading, "tcp")->empty());
}
TEST(Texts, socket_tables_that_are_none) {
  for (const std::string bad :
       {"0: 1\n", "0: 0000:16 00000000:0000 0A a b c d e 1\n", "0: 00000000:10000 00000000:0000 0A a b c d e 1\n",
        "0: 00000000:0016 00000000:0000 0A a b c d e -1\n", "0: 00000000:0016 00000000:0000 xx a b c d e 1\n"})
    EXPECT_EQ(parse_sockets(kHeading + bad, "tcp").code(), Errc::malformed) << bad;
}
TEST(Texts, sources_without_signatures) {
  EXPECT_THAT(unsigned_options("deb http://good.example/debian bookworm main\n"
                               "deb [arch=amd64 Trusted=yes] http://one.example/ ./\n"
                               "#deb [trusted=yes] http://off.example/ ./\n"
                               "deb [trusted=no allow-insecure=no] http://kept.example/ ./\n"
                               "deb-src [allow-insecure=true] http://two.example/ ./\n"),
              ElementsAre("http://one.example/", "http://two.example/"));
  EXPECT_THAT(unsigned_options("Types: deb\nURIs: http://good.example/\nSigned-By: x\n\nTypes: deb\nURIs: "
                               "http://three.example/\nTrusted: yes\n"),
              ElementsAre("http://three.example/"));
}

TEST(Packages, what_no_repository_has_and_what_waits) {
  auto installed = parse_installed(
      "Package: curl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.88.1-10+deb12u8\n\n"
      "Package: home-made\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\n\n"
      "Package: agent\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 2.0\n\n"
      "Package: newer\nStatus: install ok half-configured\nArchitecture: amd64\nVersion: 9.9\n\n"
      "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0\n\n"
      "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n");
  EXPECT_EQ(installed.size(), 5U);
  PackagesSeen seen;
  seen.repositories = {
      parse_release(
          "bookworm",
          "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nDate: Sat, 10 May 2025 09:43:12 UTC\n"),
      parse_release("vendor", "Origin: Somebody\n")};
  EXPECT_TRUE(seen.repositories[0].is_signed);
  EXPECT_FALSE(seen.repositories[1].is_signed);
  judge_packages(installed, {"Debian"}, seen);
  EXPECT_TRUE(seen.unknown.empty()) << "without an index nothing is known of origins";
  seen.indexes = 2;
  add_index(
      "Package: curl\nArchitecture: amd64\nVersion: 7.88.1-10+deb12u12\n\nPackage: libc6\nArchitecture: "
      "amd64\nVersion: 2.36-9\n\n"
      "Package: newer\nArchitecture: amd64\nVersion: 1.0\n\nPackage: other\nArchitecture: amd64\nVersion: 1.0\n",
      0, installed);
  add_index("Package: agent\nArchitecture: amd64\nVersion: 2.0\n", 1, installed);
  judge_packages(installed, {"Debian"}, seen);
  EXPECT_EQ(seen.installed, 5U);
  EXPECT_THAT(seen.unknown, ElementsAre("home-made:all 1.0", "newer:amd64 9.9"));
  EXPECT_THAT(seen.foreign, ElementsAre("agent:amd64 2.0 (Somebody)"));
  ASSERT_EQ(seen.waiting.size(), 1U);
  EXPECT_EQ(seen.waiting[0].package, "curl:amd64");
  EXPECT_EQ(seen.waiting[0].candidate, "7.88.1-10+deb12u12");
  EXPECT_EQ(to_rfc3339(seen.waiting[0].published), "2025-05-10T09:43:12.000000000Z");
}

}  // namespace
}  // namespace kw::device

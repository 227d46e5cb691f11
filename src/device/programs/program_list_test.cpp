#include "device/programs/program_list.h"

#include <gtest/gtest.h>

#include "device/programs/mounts.h"
#include "device/programs/packages.h"
#include "device/repeats.h"
#include "schema/codec.h"

namespace kw::device {
namespace {

using namespace std::chrono_literals;

crypto::Digest digest(unsigned n) {
  crypto::Digest out{};
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<Byte>(n >> (24 - 8 * i));
  return out;
}

TEST(ProgramList, round_trip_joins_equal_digests) {
  const auto list = ProgramList::make(
      {{digest(2), "/b", false}, {digest(1), "", true}, {digest(2), "/c", true}, {digest(1), "/a", false}});
  const auto again = ProgramList::parse(list.serialise().value());
  ASSERT_TRUE(again) << again.error().text();
  ASSERT_EQ(again->all().size(), 2U);
  EXPECT_EQ(again->find(digest(1))->path, "/a");
  EXPECT_TRUE(again->find(digest(1))->interpreter);
  EXPECT_EQ(again->find(digest(2))->path, "/b");
  EXPECT_TRUE(again->find(digest(2))->interpreter);
  EXPECT_EQ(again->find(digest(3)), nullptr);
}
TEST(ProgramList, what_would_not_fit_loses_paths_before_programs) {
  std::vector<Program> many;
  for (unsigned i = 0; i < 20'000; ++i)
    many.push_back({digest(i), "/" + std::string(i % 2 == 0 ? 10 : 60, 'x'), false});
  const auto octets = ProgramList::make(many).serialise();
  ASSERT_TRUE(octets) << octets.error().text();
  EXPECT_LE(octets->size(), ProgramList::kMostOctets);
  const auto list = ProgramList::parse(*octets).value();
  EXPECT_EQ(list.all().size(), 20'000U);
  EXPECT_EQ(list.find(digest(0))->path.size(), 11U) << "short paths still fit";
  EXPECT_EQ(list.find(digest(1))->path, "");
  for (unsigned i = 20'000; i < 30'000; ++i) many.push_back({digest(i), "", false});
  EXPECT_EQ(ProgramList::make(std::move(many)).serialise().code(), Errc::too_large);
}
TEST(ProgramList, refuses_what_is_not_one) {
  EXPECT_EQ(ProgramList::parse(Bytes(ProgramList::kMostOctets + 1)).code(), Errc::too_large);
  EXPECT_EQ(ProgramList::parse(bytes_of("\xff")).code(), Errc::malformed);
  v1::ProgramBaseline message;
  EXPECT_EQ(ProgramList::parse(schema::serialise(message)).code(), Errc::unsupported);
  message.set_version(1);
  message.add_programs()->set_digest("short");
  EXPECT_EQ(ProgramList::parse(schema::serialise(message)).code(), Errc::malformed);
  const auto one = digest(1);
  message.mutable_programs(0)->set_digest(one.data(), one.size());
  EXPECT_TRUE(ProgramList::parse(schema::serialise(message)));
  *message.add_programs() = message.programs(0);
  EXPECT_EQ(ProgramList::parse(schema::serialise(message)).code(), Errc::malformed) << "twice the same";
  message.mutable_programs()->RemoveLast();
  message.mutable_programs(0)->set_path(std::string(ProgramList::kMostPath + 1, 'x'));
  EXPECT_EQ(ProgramList::parse(schema::serialise(message)).code(), Errc::malformed);
}

TEST(Packages, md5sums_give_paths) {
  const auto files =
      parse_md5sums("d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\n\nd41d8cd98f00b204e9800998ecf8427e  bin/c\n");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].path, "/usr/bin/a b");
  EXPECT_EQ(to_hex((*files)[1].md5), "d41d8cd98f00b204e9800998ecf8427e");
  for (const auto* bad : {"x", "d41d8cd98f00b204e9800998ecf8427e usr/a", "d41d8cd98f00b204e9800998ecf8427e  /usr/a",
                          "d41d8cd98f00b204e9800998ecf8427e  ", "d41d8cd98f00b204e9800998ecf8427e  usr/../etc/shadow",
                          "d41d8cd98f00b204e9800998ecf8427g  a"})
    EXPECT_EQ(parse_md5sums(bad).code(), Errc::malformed) << bad;
}
TEST(Packages, diversions_come_in_threes) {
  const auto all = parse_diversions("/usr/bin/x\n/usr/bin/x.distrib\ndash\n");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->at("/usr/bin/x").to, "/usr/bin/x.distrib");
  EXPECT_EQ(all->at("/usr/bin/x").by, "dash");
  EXPECT_EQ(parse_diversions("/a\n/b\n").code(), Errc::malformed);
  EXPECT_EQ(parse_diversions("a\n/b\nc\n").code(), Errc::malformed);
}
TEST(Packages, programs_are_told_by_mode_sign_and_name) {
  EXPECT_TRUE(looks_like_program("/a", 0755, {}, {}));
  EXPECT_TRUE(looks_like_program("/a.so", 0644,
                                 bytes_of("\x7f"
                                          "ELF"),
                                 {}));
  EXPECT_TRUE(looks_like_program("/a", 0644, bytes_of("#!/b"), {}));
  EXPECT_TRUE(looks_like_program("/a.py", 0644, bytes_of("impo"), {".py"}));
  EXPECT_FALSE(looks_like_program("/a.py", 0644, bytes_of("impo"), {}));
  EXPECT_TRUE(is_loader("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
  EXPECT_TRUE(is_loader("ld-musl-x86_64.so.1"));
  EXPECT_FALSE(is_loader("/usr/bin/ld"));
  EXPECT_FALSE(is_loader("/usr/lib/libld-x.so"));
}

TEST(Mounts, the_kernels_lines_are_read) {
  const auto all = parse_mounts(
      "36 35 98:1 / /mnt\\0402 rw,noatime master:1 - ext4 /dev/root rw\n"
      "37 35 0:22 / /proc rw - proc proc rw\n38 35 0:5 / /dev rw shared:2 - devtmpfs none rw\n");
  ASSERT_TRUE(all) << all.error().text();
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[0].point, "/mnt 2");
  EXPECT_EQ((*all)[0].device, 98U << 8 | 1U);
  EXPECT_EQ(guarding_of((*all)[0]), Guarding::all);
  EXPECT_EQ(guarding_of((*all)[1]), Guarding::none);
  EXPECT_EQ(guarding_of((*all)[2]), Guarding::runs);
  for (const auto* remote : {"fuse", "fuse.sshfs", "nfs4", "9p"})
    EXPECT_EQ(guarding_of({1, "/mnt", remote, "x"}), Guarding::none) << remote;
  for (const auto* bad : {"36 35 98:1 / /mnt", "36 35 98 / /mnt rw - ext4 x rw", "36 35 98:1x / /mnt rw - ext4 x rw",
                          "36 35 98:1 / /mnt rw - ext4"})
    EXPECT_EQ(parse_mounts(bad).code(), Errc::malformed) << bad;
}

TEST(Repeats, the_first_is_told_at_once_and_the_rest_with_their_number) {
  Repeats repeats(10s, 2);
  EXPECT_EQ(repeats.tell("a", 0s), 1U);
  EXPECT_EQ(repeats.tell("a", 1s), std::nullopt);
  EXPECT_EQ(repeats.tell("a", 2s), std::nullopt);
  EXPECT_EQ(repeats.tell("b", 2s), 1U);
  EXPECT_EQ(repeats.tell("a", 10s), 3U);
  EXPECT_EQ(repeats.tell("c", 13s), 1U) << "b is forgotten for it";
  EXPECT_EQ(repeats.tell("d", 13s), 1U);
}

}  // namespace
}  // namespace kw::device

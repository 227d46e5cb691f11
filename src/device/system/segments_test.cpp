#include "device/system/segments.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

// As Linux 6.18 shows them.
constexpr std::string_view kShm =
    "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      "
    "dtime      "
    "ctime                   rss                  swap\n"
    "         0          7  1600                  4096   811   811      1  1000  1000  1000  1000 1764250000          "
    "0 "
    "1764250001                  4096                     0\n";
constexpr std::string_view kSem =
    "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n"
    "1090519041          3   600          1   65534 65534 65534 65534          0 1764250002\n";

TEST(Segments, the_kernels_tables_are_read) {
  const auto shm = parse_segments(Segment::Kind::memory, kShm);
  ASSERT_TRUE(shm) << shm.error().text();
  EXPECT_EQ(*shm, (std::vector<Segment>{{Segment::Kind::memory, 7, 1000, Timestamp::from_seconds(1764250001), true}}));
  const auto sem = parse_segments(Segment::Kind::semaphores, kSem);
  ASSERT_TRUE(sem) << sem.error().text();
  EXPECT_EQ(*sem,
            (std::vector<Segment>{{Segment::Kind::semaphores, 3, 65534, Timestamp::from_seconds(1764250002), false}}));
}
TEST(Segments, a_table_of_another_form_is_refused) {
  EXPECT_EQ(parse_segments(Segment::Kind::messages, kSem).code(), Errc::malformed);
  EXPECT_EQ(parse_segments(Segment::Kind::memory, "").code(), Errc::malformed);
  EXPECT_EQ(parse_segments(Segment::Kind::semaphores, "semid perms uid ctime\n1 600 x 5\n").code(), Errc::malformed);
  EXPECT_EQ(parse_segments(Segment::Kind::semaphores, "semid perms uid ctime\n1 600\n").code(), Errc::malformed);
  EXPECT_EQ(parse_segments(Segment::Kind::semaphores, "semid perms uid ctime\n\n1 600 5 5")->size(), 1U);
}

}  // namespace
}  // namespace kw::device

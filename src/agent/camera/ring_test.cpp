#include "agent/camera/ring.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/camera/verify.h"
#include "agent/testing/kiosk.h"
#include "crypto/random.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;

/// A camera's ring in a directory of the test's own, under a clock that the test moves.
struct Bench {
  class Moved final : public Clock {
   public:
    [[nodiscard]] Timestamp now() const override { return Timestamp::from_seconds(1'800'000'000) + at; }
    [[nodiscard]] Duration steady() const override { return at; }
    Duration at{0};
  };
  testing::TempDir dir;
  Moved clock;
  crypto::SystemRandom random;
  std::unique_ptr<CameraRing> ring;
  std::vector<CameraRing::Sealed> sealed;

  Bench() { open(); }
  void open() {
    ring.reset();
    auto opened = CameraRing::open(dir.path("ring"), SecretBytes(Bytes(32, 5)), clock, random);
    ASSERT_TRUE(opened) << opened.error().text();
    ring = std::move(*opened);
    ring->limit({64U << 20, 24h * 30, 24h * 90});
  }
  /// Records so many seconds of film, a cluster each second.
  void film(int seconds, std::size_t octets = 2000) {
    for (int i = 0; i < seconds; ++i) {
      ASSERT_TRUE(ring->video(true, Bytes(octets, static_cast<Byte>(i))));
      clock.at += 1s;
      ASSERT_TRUE(ring->flush());
      for (auto& one : ring->take_sealed()) sealed.push_back(one);
    }
  }
  void end() {
    ASSERT_TRUE(ring->end());
    for (auto& one : ring->take_sealed()) sealed.push_back(one);
  }
  std::vector<std::string> files() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path("ring"))) out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
  }
};
Bytes read(const std::string& path) { return *platform::read_file(path, kMostRecording); }
void write(const std::string& path, ByteView octets) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}
std::pair<int, std::string> verify(std::vector<std::string> words) {
  std::ostringstream out, err;
  const int code = verify_recordings(words, out, err);
  return {code, out.str() + err.str()};
}

TEST(CameraRing, what_was_recorded_is_read_again_and_nowhere_in_the_clear) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("HEADER-IN-THE-CLEAR")));
  ASSERT_TRUE(b.ring->video(true, bytes_of("first cluster, in the clear")));
  ASSERT_TRUE(b.ring->video(false, Bytes(100'000, 7)));
  ASSERT_TRUE(b.ring->picture(Bytes(150'000, 9)));
  b.end();
  ASSERT_EQ(b.sealed.size(), 1U);
  const auto content = b.ring->read(b.sealed[0].number);
  ASSERT_TRUE(content) << content.error().text();
  EXPECT_EQ(text_of(content->stream_header), "HEADER-IN-THE-CLEAR");
  EXPECT_EQ(content->video.size(), 100'027U);
  const auto stored = read(b.files()[0]);
  EXPECT_EQ(std::string(text_of(stored)).find("CLEAR"), std::string::npos);
  EXPECT_EQ(std::string(text_of(stored)).find("clear"), std::string::npos);
}

TEST(CameraRing, recordings_follow_one_another_in_a_chain_that_anybody_can_verify) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(200);
  b.end();
  ASSERT_EQ(b.sealed.size(), 4U);  // 60 s each
  auto words = b.files();
  words.insert(words.begin(), {"--root", to_hex(b.sealed.back().root)});
  EXPECT_EQ(verify(words).first, 0) << verify(words).second;
  words[1] = to_hex(b.sealed.front().root);
  EXPECT_EQ(verify(words).first, 1);
  // One is taken out and another put in its place.
  const auto files = b.files();
  std::filesystem::copy_file(files[0], files[2], std::filesystem::copy_options::overwrite_existing);
  b.open();
  const auto damaged = b.ring->take_damaged();
  ASSERT_EQ(damaged.size(), 1U);
  EXPECT_EQ(damaged[0].reason, "header");
}

TEST(CameraRing, every_flipped_octet_is_found_without_the_key_and_by_a_read) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(5, 40);
  b.end();
  const auto file = b.files()[0];
  const auto good = read(file);
  ASSERT_EQ(verify({file}).first, 0);
  const auto root = to_hex(b.sealed[0].root);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= 0x40;
    write(file, bad);
    // When it ended is vouched for by the kiosk's own code alone, which is the last 32 octets and needs the key.
    const auto end = good.size() - 64 - kRecordingHead;
    if (at < end + 5 || (at >= end + 13 && at < good.size() - 32)) {
      EXPECT_EQ(verify({"--root", root, file}).first, 1) << at;
    }
    if (at % 7 == 0) {
      EXPECT_EQ(b.ring->read(1).code(), Errc::corrupt) << at;
      EXPECT_EQ(b.ring->take_damaged().size(), 1U) << at;
    }
  }
  write(file, good);
  EXPECT_TRUE(b.ring->read(1));
}

TEST(CameraRing, a_power_cut_at_any_octet_leaves_every_whole_record) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(9, 60);
  b.end();
  const auto file = b.files()[0];
  const auto good = read(file);
  const auto whole = scan_recording(good);
  ASSERT_TRUE(whole);
  ASSERT_GE(whole->records.size(), 4U);
  b.ring.reset();
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    write(file, ByteView(good).first(cut));
    auto ring = CameraRing::open(b.dir.path("ring"), SecretBytes(Bytes(32, 5)), b.clock, b.random);
    ASSERT_TRUE(ring) << cut;
    EXPECT_TRUE((*ring)->take_damaged().empty()) << cut;
    if (cut < kRecordingHeader) {
      EXPECT_FALSE(std::filesystem::exists(file)) << cut;
      continue;
    }
    std::size_t records = 0;
    for (const auto& place : whole->records) records += place.offset + place.length <= cut ? 1 : 0;
    const auto after = scan_recording(read(file));
    ASSERT_TRUE(after) << cut;
    EXPECT_EQ(after->records.size(), records) << cut;
    EXPECT_TRUE(after->end) << cut;
    EXPECT_EQ(after->damage, RecordingDamage::none) << cut;
    EXPECT_TRUE((*ring)->read(1)) << cut;
  }
}

TEST(CameraRing, the_oldest_go_for_room_and_those_around_an_alarm_last) {
  Bench b;
  b.ring->limit({6U << 20, 24h * 30, 24h * 90});
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(61, 10'000);  // one recording of 600 kB
  const auto first = b.clock.now() - 61s;
  b.ring->hold({{first, first + 1s}});
  b.film(600, 10'000);
  const auto totals = b.ring->totals();
  EXPECT_LE(totals.octets, 6U << 20);
  EXPECT_EQ(b.ring->find({first, first + 1s}), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(b.ring->find({first + 100s, first + 110s}).empty());
}

TEST(CameraRing, recordings_go_with_time_and_alarms_stay_longer) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(130);
  b.end();
  const auto from = b.sealed[1].from;
  b.ring->hold({{from + 5s, from + 6s}});
  b.clock.at += 24h * 31;
  ASSERT_TRUE(b.ring->flush());
  EXPECT_EQ(b.ring->totals().recordings, 1U);
  b.clock.at += 24h * 60;
  ASSERT_TRUE(b.ring->flush());
  EXPECT_EQ(b.ring->totals().recordings, 0U);
}

TEST(CameraRing, another_key_opens_nothing_and_says_so) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(3);
  b.end();
  b.ring.reset();
  auto other = CameraRing::open(b.dir.path("ring"), SecretBytes(Bytes(32, 6)), b.clock, b.random);
  ASSERT_TRUE(other);
  EXPECT_EQ((*other)->take_damaged().size(), 1U);
}

TEST(CameraRing, pictures_that_need_others_are_not_recorded_alone) {
  Bench b;
  EXPECT_EQ(b.ring->video(true, Bytes(10)).code(), Errc::wrong_state);
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  EXPECT_TRUE(b.ring->video(false, Bytes(10)));
  EXPECT_EQ(b.ring->picture(Bytes(10)).code(), Errc::wrong_state);
  EXPECT_TRUE(b.files().empty());
}

TEST(CameraRing, looks_at_its_recordings_unasked) {
  Bench b;
  ASSERT_TRUE(b.ring->begin(bytes_of("header")));
  b.film(3);
  b.end();
  const auto file = b.files()[0];
  auto bad = read(file);
  bad[kRecordingHeader + 40] ^= 1;
  write(file, bad);
  b.ring->check_next();
  EXPECT_EQ(b.ring->take_damaged().size(), 1U);
}

}  // namespace
}  // namespace kw::agent

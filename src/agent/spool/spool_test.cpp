#include "agent/spool/spool.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/spool/memory_files.h"
#include "crypto/random.h"

namespace kw::agent {
namespace {

crypto::SystemRandom random_source;

SecretBytes key() { return SecretBytes::copy_of(Bytes(32, 7)); }

v1::Event event(std::string_view note, const char* type = "net.drop") {
  v1::Event out;
  out.set_version(1);
  out.set_id(std::string(16, 'i'));
  out.set_type(type);
  (*out.mutable_params())["destination"] = note;
  return out;
}

std::unique_ptr<Spool> open(FilePort& files, SpoolOptions options = {}) {
  auto spool = Spool::open(files, key(), random_source, options);
  EXPECT_TRUE(spool) << (spool ? "" : spool.error().text());
  return std::move(*spool);
}

std::uint64_t put(Spool& spool, std::string_view note, const char* type = "net.drop") {
  std::vector<v1::Event> one{event(note, type)};
  auto sequences = spool.append(one);
  EXPECT_TRUE(sequences) << (sequences ? "" : sequences.error().text());
  return sequences ? sequences->front() : 0;
}

std::vector<std::string> notes(Spool& spool, std::uint64_t from = 1) {
  std::vector<std::string> out;
  auto events = spool.read_from(from, 256);
  EXPECT_TRUE(events);
  for (const auto& e : *events) out.push_back(std::to_string(e.sequence()) + e.params().at("destination"));
  return out;
}

using Notes = std::vector<std::string>;

std::string newest(const MemoryFiles& files) { return std::prev(files.files.end(), 2)->first; }  // "mark" is the last

TEST(Spool, KeepsEventsInOrderOverRestarts) {
  MemoryFiles files;
  {
    auto spool = open(files);
    EXPECT_EQ(put(*spool, "a"), 1U);
    EXPECT_EQ(put(*spool, "b"), 2U);
  }
  auto spool = open(files);
  EXPECT_FALSE(spool->damage());
  EXPECT_EQ(put(*spool, "c"), 3U);
  EXPECT_EQ(notes(*spool), (Notes{"1a", "2b", "3c"}));
  EXPECT_EQ(notes(*spool, 3), (Notes{"3c"}));
  EXPECT_EQ(spool->waiting(), 3U);
}

TEST(Spool, CommitsABatchWithOneSync) {
  MemoryFiles files;
  auto spool = open(files);
  std::vector<v1::Event> many(200, event("x"));
  files.syncs = 0;
  ASSERT_TRUE(spool->append(many));
  EXPECT_EQ(files.syncs, 1);
  EXPECT_EQ(many.back().sequence(), 200U);
}

TEST(Spool, HoldsNothingInTheClear) {
  MemoryFiles files;
  auto spool = open(files);
  put(*spool, "secret-place");
  for (const auto& [name, octets] : files.files)
    EXPECT_EQ(text_of(octets).find("secret-place"), std::string_view::npos);
}

TEST(Spool, ACrashAtEveryOctetOfTheLastRecordLosesOnlyThatRecord) {
  MemoryFiles whole;
  std::size_t before = 0;
  {
    auto spool = open(whole);
    put(*spool, "a");
    before = whole.files.at(newest(whole)).size();
    put(*spool, "b");
  }
  const auto name = newest(whole);
  const auto size = whole.files.at(name).size();
  for (std::size_t cut = before; cut <= size; ++cut) {
    MemoryFiles files;
    files.files = whole.files;
    files.files.at(name).resize(cut);
    auto spool = open(files);
    const bool torn = cut != before && cut != size;
    ASSERT_EQ(spool->damage().has_value(), torn) << cut;
    if (torn) {
      EXPECT_EQ(spool->damage()->kept, 1U);
      EXPECT_EQ(spool->damage()->dropped, 1U);
      EXPECT_FALSE(spool->damage()->tampered);
    }
    const auto next = cut == size ? 3U : 2U;
    ASSERT_EQ(put(*spool, "c"), next) << cut;
    ASSERT_FALSE(open(files)->damage()) << cut;
  }
}

TEST(Spool, ACrashAtEveryOctetOfANewSegmentLosesNothing) {
  MemoryFiles whole;
  {
    auto spool = open(whole, {.segment_octets = 1});
    put(*spool, "a");
    put(*spool, "b");
  }
  const auto name = newest(whole);
  for (std::size_t cut = 0; cut < kSegmentHeader; ++cut) {
    MemoryFiles files;
    files.files = whole.files;
    files.files.at(name).resize(cut);
    auto spool = open(files);
    EXPECT_FALSE(spool->damage()) << cut;
    EXPECT_EQ(put(*spool, "c"), 2U);
    EXPECT_EQ(notes(*spool), (Notes{"1a", "2c"}));
  }
}

TEST(Spool, NoticesEveryFlippedOctetAndNeverRepeatsASequence) {
  MemoryFiles whole;
  {
    auto spool = open(whole, {.segment_octets = 300});
    for (const auto* note : {"a", "b", "c", "d"}) put(*spool, note);
  }
  for (const auto& [name, octets] : whole.files) {
    for (std::size_t at = 0; at < octets.size(); ++at) {
      MemoryFiles files;
      files.files = whole.files;
      files.files.at(name)[at] ^= 0x40;
      auto spool = open(files, {.segment_octets = 300});
      ASSERT_TRUE(spool->damage()) << name << " " << at;
      // A length field that points behind the end of the newest file looks as a crash does: that tail alone was never
      // told to anybody, or the platform's own count (meet) shows it.
      if (spool->damage()->tampered) {
        ASSERT_GT(put(*spool, "e"), 4U) << name << " " << at;
      }
      auto events = spool->read_from(1, 256);
      ASSERT_TRUE(events);
      ASSERT_FALSE(open(files, {.segment_octets = 300})->damage()) << "reported once: " << name << " " << at;
    }
  }
}

TEST(Spool, NoticesAMissingSegmentAndAForeignOne) {
  MemoryFiles whole;
  {
    auto spool = open(whole, {.segment_octets = 1});
    for (const auto* note : {"a", "b", "c"}) put(*spool, note);
  }
  for (const auto& [name, octets] : whole.files) {
    MemoryFiles files;
    files.files = whole.files;
    files.files.erase(name);
    auto spool = open(files, {.segment_octets = 1});
    if (name == whole.files.begin()->first) {
      EXPECT_FALSE(spool->damage()) << "the oldest goes when it is acknowledged";
    } else if (name != newest(whole)) {
      EXPECT_TRUE(spool->damage()) << name;
    }
  }
  MemoryFiles swapped;
  swapped.files = whole.files;
  auto first = swapped.files.begin();
  std::swap(first->second, std::next(first)->second);
  EXPECT_TRUE(open(swapped)->damage()->tampered);
  EXPECT_EQ(Spool::open(swapped, SecretBytes(8), random_source, {}).code(), Errc::bad_key);
}

TEST(Spool, ForgetsWholeSegmentsWhenTheyAreAcknowledged) {
  MemoryFiles files;
  auto spool = open(files, {.segment_octets = 300});
  for (int i = 0; i < 9; ++i) put(*spool, "x");
  const auto before = files.files.size();
  ASSERT_TRUE(spool->acknowledge(5));
  EXPECT_LT(files.files.size(), before);
  EXPECT_EQ(spool->waiting(), 4U);
  EXPECT_EQ(notes(*spool).front(), "6x");
  ASSERT_TRUE(spool->acknowledge(1000));
  EXPECT_EQ(spool->acknowledged(), 9U);
  EXPECT_TRUE(notes(*spool).empty());
  spool.reset();
  spool = open(files, {.segment_octets = 300});
  EXPECT_FALSE(spool->damage());
  EXPECT_EQ(put(*spool, "y"), 10U);
}

TEST(Spool, DropsTheHarmlessAndKeepsRoomForTheSerious) {
  MemoryFiles files;
  const SpoolOptions small{.max_octets = 8192, .reserved_octets = 4096, .segment_octets = 1024};
  auto spool = open(files, small);
  while (put(*spool, "noise") != 0) {
  }
  EXPECT_LE(spool->octets(), 4096U);
  EXPECT_EQ(put(*spool, "noise"), 0U);
  EXPECT_NE(put(*spool, "warning", "agent.clock.stepped"), 0U);
  EXPECT_NE(put(*spool, "bad", "net.outbound.illegal"), 0U);
  EXPECT_EQ(spool->take_dropped(), 0U) << "no room for a marker yet";
  spool.reset();
  spool = open(files, small);
  std::vector<v1::Event> serious{event("bad", "net.outbound.illegal")};
  Result<std::vector<std::uint64_t>> stored;
  do stored = spool->append(serious);
  while (stored);
  EXPECT_EQ(stored.code(), Errc::no_space);
  EXPECT_LE(spool->octets(), 8192U + kSegmentHeader);
  ASSERT_TRUE(spool->acknowledge(spool->next_sequence() - 1));
  EXPECT_GE(spool->take_dropped(), 2U);
  EXPECT_EQ(spool->take_dropped(), 0U);
  EXPECT_NE(put(*spool, "again"), 0U);
}

TEST(Spool, AFullDiskIsATypedErrorAndNothingHalfDoneStays) {
  MemoryFiles files;
  auto spool = open(files);
  put(*spool, "a");
  for (std::uint64_t room = 0; room < 120; ++room) {
    files.room = room;
    std::vector<v1::Event> one{event("lost")};
    EXPECT_EQ(spool->append(one).code(), Errc::no_space);
  }
  files.room.reset();
  EXPECT_EQ(put(*spool, "b"), 2U);
  spool.reset();
  spool = open(files);
  EXPECT_FALSE(spool->damage());
  EXPECT_EQ(notes(*spool), (Notes{"1a", "2b"}));
}

TEST(Spool, GoesOnAfterAFailureOfAnyStep) {
  for (int step = 0; step < 12; ++step) {
    MemoryFiles files;
    auto spool = open(files, {.segment_octets = 200});
    put(*spool, "a");
    files.calls = 0;
    files.fail_at = step;
    std::uint64_t stored = 0;
    for (int i = 0; i < 6; ++i) {
      std::vector<v1::Event> one{event("b")};
      if (spool->append(one)) ++stored;
    }
    EXPECT_EQ(spool->waiting(), stored + 1) << step;
    spool.reset();
    spool = open(files, {.segment_octets = 200});
    EXPECT_FALSE(spool->damage()) << step;
    EXPECT_EQ(notes(*spool).size(), stored + 1) << step;
  }
}

TEST(Spool, GivesNewSequencesAfterAnOldCopyWasPutBack) {
  MemoryFiles files;
  auto spool = open(files);
  put(*spool, "a");
  put(*spool, "b");
  ASSERT_TRUE(spool->meet(1));
  EXPECT_EQ(spool->waiting(), 1U);
  ASSERT_TRUE(spool->meet(40));
  EXPECT_EQ(notes(*spool), (Notes{"41b"}));
  EXPECT_EQ(spool->waiting(), 1U);
  EXPECT_EQ(put(*spool, "c"), 42U);
  spool.reset();
  spool = open(files);
  EXPECT_FALSE(spool->damage());
  EXPECT_EQ(put(*spool, "d"), 43U);
}

TEST(Spool, WorksOnARealDirectoryForOneProcessAtATime) {
  const auto dir = std::filesystem::path(::testing::TempDir()) / "kw-spool-test";
  std::filesystem::remove_all(dir);
  {
    auto files = PosixFiles::open(dir);
    ASSERT_TRUE(files);
    EXPECT_EQ(PosixFiles::open(dir).code(), Errc::conflict);
    auto spool = open(**files, {.segment_octets = 300});
    for (int i = 0; i < 10; ++i) put(*spool, "x");
    ASSERT_TRUE(spool->acknowledge(4));
  }
  auto files = PosixFiles::open(dir);
  ASSERT_TRUE(files);
  auto spool = open(**files, {.segment_octets = 300});
  EXPECT_FALSE(spool->damage());
  EXPECT_EQ(spool->next_sequence(), 11U);
  EXPECT_GE(notes(*spool).size(), 6U);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace kw::agent

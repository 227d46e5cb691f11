// What every CardReader and every CodeReader promises, asked of the adapters (a reader on a pseudo terminal, a
// scanner's recorded events on a FIFO) and of the recorded ones.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include "device/peripherals/sam_module.h"
#include "device/reader/testing/card_data.h"
#include "platform/linux/evdev_code_reader.h"
#include "platform/linux/serial_card_reader.h"
#include "platform/recorded/recorded_reader.h"

namespace kw::platform {
namespace {

using namespace std::chrono_literals;
using device::testing::card_data;

Bytes framed(ByteView body) {
  Bytes out{0xaa,
            0xaa,
            0xaa,
            0x96,
            0x69,
            static_cast<Byte>((body.size() + 1) >> 8),
            static_cast<Byte>((body.size() + 1) & 0xff)};
  append(out, body);
  Byte sum = 0;
  for (std::size_t i = 5; i < out.size(); ++i) sum = static_cast<Byte>(sum ^ out[i]);
  out.push_back(sum);
  return out;
}

/// SamOnTable is a reader's module on a pseudo terminal: it finds, selects and reads the card that lies on it, as open
/// drivers of such readers expect it.
class SamOnTable {
 public:
  SamOnTable() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_TRUE(master_ && ::grantpt(master_.get()) == 0 && ::unlockpt(master_.get()) == 0);
    line_ = ::ptsname(master_.get());
    slave_.reset(::open(line_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));  // keeps the line alive between two calls
    thread_ = std::thread([this] { serve(); });
  }
  ~SamOnTable() {
    stopping_ = true;
    thread_.join();
  }
  SamOnTable(const SamOnTable&) = delete;
  SamOnTable& operator=(const SamOnTable&) = delete;
  [[nodiscard]] const std::string& line() const noexcept { return line_; }
  void lay(std::optional<Bytes> card) {
    const std::lock_guard lock(mutex_);
    card_ = std::move(card);
  }
  std::atomic<bool> silent = false, leaves = false;  // leaves: the card is taken away after it was found

 private:
  Bytes answer(ByteView asked) {
    const std::lock_guard lock(mutex_);
    const bool there = card_.has_value();
    if (std::ranges::equal(asked, device::sam_command(0x20, 0x01))) {
      if (!there) return framed(Bytes{0, 0, 0x80});
      return framed(Bytes{0, 0, 0x9f, 0, 0, 0, 0});
    }
    if (leaves) card_.reset();
    if (std::ranges::equal(asked, device::sam_command(0x20, 0x02)))
      return framed(card_ ? Bytes{0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0} : Bytes{0, 0, 0x81});
    if (!card_) return framed(Bytes{0, 0, 0x41});
    Bytes body{0, 0, 0x90};
    append(body, *card_);
    return framed(body);
  }
  void serve() {
    Bytes asked;
    while (!stopping_) {
      pollfd waiting{master_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) != 1) continue;
      std::array<Byte, 64> part{};
      const auto n = ::read(master_.get(), part.data(), part.size());
      if (n <= 0) continue;
      append(asked, ByteView(part.data(), static_cast<std::size_t>(n)));
      if (asked.size() < 10) continue;
      if (!silent) {
        const auto out = answer(ByteView(asked).first(10));
        for (std::size_t at = 0; at < out.size();) {
          const auto written = ::write(master_.get(), out.data() + at, out.size() - at);
          if (written > 0) at += static_cast<std::size_t>(written);
        }
      }
      asked.clear();
    }
  }

  UniqueFd master_, slave_;
  std::string line_;
  std::mutex mutex_;
  std::optional<Bytes> card_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct CardReaderContract : ::testing::TestWithParam<bool> {
  CardReaderContract() {
    if (GetParam()) table.emplace();
    if (GetParam()) serial.emplace(table->line());
  }
  device::CardReader& reader() { return GetParam() ? static_cast<device::CardReader&>(*serial) : recorded; }
  void lay(std::optional<Bytes> card) {
    if (GetParam()) return table->lay(std::move(card));
    recorded.card = std::move(card);
  }
  std::optional<SamOnTable> table;
  std::optional<SerialCardReader> serial;
  RecordedCardReader recorded;
};

TEST_P(CardReaderContract, ACardIsPresentThenReadThenGone) {
  EXPECT_FALSE(reader().present().value());
  EXPECT_EQ(reader().read().code(), Errc::not_found);
  lay(card_data());
  EXPECT_TRUE(reader().present().value());
  for (int twice = 0; twice < 2; ++twice) {
    const auto facts = reader().read();
    ASSERT_TRUE(facts) << facts.error().text();
    EXPECT_EQ(text_of(facts->name.reveal()), "欧阳若溪");
    EXPECT_EQ(text_of(facts->id_number.reveal()), "11010519491231002X");
    EXPECT_EQ(facts->photo.size(), 1024U);
  }
  lay(std::nullopt);
  EXPECT_FALSE(reader().present().value());
}
TEST_P(CardReaderContract, ACardThatSaysNonsenseIsRefusedAsItsParserDoes) {
  lay(card_data({.number = U"110105194912310021"}));
  EXPECT_TRUE(reader().present().value());
  EXPECT_EQ(reader().read().code(), Errc::malformed);
  lay(card_data({.kind = U'I'}));
  EXPECT_EQ(reader().read().code(), Errc::unsupported);
}
INSTANTIATE_TEST_SUITE_P(Readers, CardReaderContract, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "serial" : "recorded"; });

TEST(SerialCardReader, ACardThatLeavesAndAReaderThatFailsAreTyped) {
  SamOnTable table;
  SerialCardReader reader(table.line());
  table.lay(card_data());
  table.leaves = true;
  EXPECT_EQ(reader.read().code(), Errc::not_found);
  table.silent = true;
  EXPECT_EQ(reader.present().code(), Errc::timeout);
  EXPECT_EQ(SerialCardReader("/dev/kw-nowhere").present().code(), Errc::not_found);
}

/// A scanner whose events come by a FIFO, as the kernel would give them.
class ScannerOnTable {
 public:
  ScannerOnTable() : path_(std::filesystem::temp_directory_path() / ("kw-scanner-" + std::to_string(::getpid()))) {
    std::filesystem::remove(path_);
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  }
  ~ScannerOnTable() { std::filesystem::remove(path_); }
  ScannerOnTable(const ScannerOnTable&) = delete;
  ScannerOnTable& operator=(const ScannerOnTable&) = delete;
  [[nodiscard]] std::string path() const { return path_; }
  void plug() { wire_.reset(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); }
  void pull() { wire_.reset(); }
  void shows(std::string_view text) {
    std::vector<input_event> events;
    const auto put = [&](int type, int code, int value) {
      input_event out{};
      out.input_event_sec = micros_ / 1'000'000;
      out.input_event_usec = micros_ % 1'000'000;
      out.type = static_cast<std::uint16_t>(type);
      out.code = static_cast<std::uint16_t>(code);
      out.value = value;
      events.push_back(out);
    };
    for (const char c : std::string(text) + "\n")
      for (const auto& key : device::testing::keys_of(c)) {
        micros_ += 2000;
        put(EV_MSC, MSC_SCAN, key.code);
        put(EV_KEY, key.code, key.value);
        put(EV_SYN, SYN_REPORT, 0);
      }
    const auto* at = reinterpret_cast<const Byte*>(events.data());
    // A FIFO takes 64 KiB; what is longer waits until it is read.
    for (auto left = events.size() * sizeof(input_event); left > 0;) {
      const auto n = ::write(wire_.get(), at, std::min<std::size_t>(left, 170 * sizeof(input_event)));
      ASSERT_GT(n, 0);
      at += n, left -= static_cast<std::size_t>(n);
    }
  }

 private:
  std::filesystem::path path_;
  UniqueFd wire_;
  long micros_ = 7'000'000;
};

struct CodeReaderContract : ::testing::TestWithParam<bool> {
  CodeReaderContract() {
    EXPECT_TRUE(reader().open());
    if (GetParam()) scanner.plug();
  }
  device::CodeReader& reader() { return GetParam() ? static_cast<device::CodeReader&>(evdev) : recorded; }
  void shows(std::string_view text) { GetParam() ? scanner.shows(text) : recorded.shows(text); }
  void pull() {
    recorded.there = false;
    scanner.pull();
  }
  bool readable() {
    pollfd one{reader().descriptor(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  }
  std::vector<std::string> taken() {
    std::vector<std::string> out;
    const auto texts = reader().take();
    EXPECT_TRUE(texts) << (texts ? "" : texts.error().text());
    if (texts)
      for (const auto& text : *texts) out.push_back(copy_text(text.reveal()));
    return out;
  }
  ScannerOnTable scanner;
  EvdevCodeReader evdev{scanner.path()};
  RecordedCodeReader recorded;
};

TEST_P(CodeReaderContract, CodesComeWholeAndOnce) {
  EXPECT_FALSE(readable());
  EXPECT_TRUE(taken().empty());
  shows("https://code.example/?id=A-1&x=%20");
  shows("");
  shows("second");
  EXPECT_TRUE(readable());
  EXPECT_EQ(taken(), (std::vector<std::string>{"https://code.example/?id=A-1&x=%20", "second"}));
  EXPECT_FALSE(readable());
  EXPECT_TRUE(taken().empty());
}
TEST_P(CodeReaderContract, AScannerThatGoesIsToldAfterItsLastCode) {
  shows("last");
  pull();
  EXPECT_EQ(taken(), std::vector<std::string>{"last"});
  EXPECT_EQ(reader().take().code(), Errc::closed);
  EXPECT_EQ(reader().descriptor(), -1);
  EXPECT_EQ(reader().take().code(), Errc::closed);
}
INSTANTIATE_TEST_SUITE_P(Readers, CodeReaderContract, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "evdev" : "recorded"; });

TEST(EvdevCodeReader, AStreamInPiecesIsOneCode) {
  ScannerOnTable scanner;
  EvdevCodeReader reader(scanner.path());
  ASSERT_TRUE(reader.open());
  scanner.plug();
  std::vector<std::string> got;
  std::thread typist([&] { scanner.shows(std::string(device::kMostCode, 'a')); });  // more than a FIFO holds
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (got.empty() && std::chrono::steady_clock::now() < end) {
    pollfd one{reader.descriptor(), POLLIN, 0};
    ::poll(&one, 1, 100);
    const auto texts = reader.take();
    ASSERT_TRUE(texts) << texts.error().text();
    for (const auto& text : *texts) got.push_back(copy_text(text.reveal()));
  }
  typist.join();
  EXPECT_EQ(got, std::vector<std::string>{std::string(device::kMostCode, 'a')});
  EXPECT_EQ(EvdevCodeReader("/dev/kw-nowhere").open().code(), Errc::not_found);
}

}  // namespace
}  // namespace kw::platform

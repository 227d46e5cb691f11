#pragma once
// ReaderThread is SessionReader over the kiosk's readers: it waits for a card or a code on a thread of its own, which
// is there only while something is being read.
//
//   ReaderThread reader(executor, {.card = &card_reader, .code = &code_reader});    null: the kiosk has none
//
// A code counts from the moment that it is waited for: what was scanned before is dropped, and the scanner is taken
// only while somebody waits. Answers are posted to the executor, which has one thread; all calls are made there. The
// readers outlive it.
#include <boost/asio/any_io_executor.hpp>
#include <thread>

#include "agent/app/session_reader.h"
#include "device/reader/ports.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

class ReaderThread final : public SessionReader {
 public:
  struct Ports {
    device::CardReader* card = nullptr;
    device::CodeReader* code = nullptr;
  };
  static constexpr std::chrono::milliseconds kCardLook{200};  // between two looks for a card

  ReaderThread(boost::asio::any_io_executor executor, Ports ports) : executor_(std::move(executor)), ports_(ports) {}
  ~ReaderThread() override {
    *alive_ = false;
    stop();
  }
  ReaderThread(const ReaderThread&) = delete;
  ReaderThread& operator=(const ReaderThread&) = delete;

  void read(ReadWish wish, Done done) override;
  void cancel() override { wake(); }

 private:
  using Texts = Result<std::vector<SecretBytes>>;
  void run(const ReadWish& wish, const Done& done);
  [[nodiscard]] Texts read_card(const ReadWish& wish);
  [[nodiscard]] Texts read_code(const ReadWish& wish);
  /// pause waits, for `also` too where that is a descriptor. Errc::cancelled, Errc::timeout at the wish's end.
  [[nodiscard]] Result<> pause(std::chrono::steady_clock::time_point end, std::chrono::milliseconds most, int also);
  void answer(const Done& done, Texts texts);
  void wake();
  void stop();

  boost::asio::any_io_executor executor_;
  Ports ports_;
  platform::UniqueFd wake_;
  std::thread thread_;
  bool busy_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent

#include "agent/app/reader_thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>

#include "device/reader/card_words.h"
#include "platform/linux/os_error.h"

namespace kw::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

void ReaderThread::answer(const Done& done, Texts texts) {
  // A move-only result in a copyable handler.
  auto held = std::make_shared<Texts>(std::move(texts));
  boost::asio::post(executor_, [this, alive = alive_, done, held] {
    if (!*alive) return;
    busy_ = false;
    done(std::move(*held));
  });
}

void ReaderThread::read(ReadWish wish, Done done) {
  if (busy_) {
    return boost::asio::post(executor_, [alive = alive_, done = std::move(done)] {
      if (*alive) done(fail(Errc::unavailable, "the reader is in use"));
    });
  }
  stop();  // the one before has answered, and ends
  busy_ = true;
  const bool there = wish.source == ReadSource::card ? ports_.card != nullptr : ports_.code != nullptr;
  if (!there) return answer(done, fail(Errc::not_found, "no such reader"));
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return answer(done, platform::fail_os("reader"));
  try {
    thread_ = std::thread([this, wish = std::move(wish), done] { run(wish, done); });
  } catch (const std::system_error& error) {
    answer(done, fail(Errc::unavailable, error.what()));
  }
}

void ReaderThread::run(const ReadWish& wish, const Done& done) {
  auto texts = wish.source == ReadSource::card ? read_card(wish) : read_code(wish);
  wipe_stack();
  answer(done, std::move(texts));
}

Result<> ReaderThread::pause(steady_clock::time_point end, milliseconds most, int also) {
  const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
  if (left.count() <= 0) return fail(Errc::timeout, "nothing was shown");
  std::array<pollfd, 2> waiting{{{wake_.get(), POLLIN, 0}, {also, POLLIN, 0}}};
  if (::poll(waiting.data(), waiting.size(), static_cast<int>(std::min(left, most).count())) < 0 && errno != EINTR)
    return platform::fail_os("reader");
  if (waiting[0].revents != 0) return fail(Errc::cancelled, "reading was ended");
  return {};
}

ReaderThread::Texts ReaderThread::read_card(const ReadWish& wish) {
  const auto end = steady_clock::now() + wish.patience;
  while (true) {
    KW_TRY(const bool present, ports_.card->present());
    if (present) {
      auto facts = ports_.card->read();
      if (facts) {
        std::vector<SecretBytes> out;
        for (const auto& word : wish.words) {
          KW_TRY(auto value, device::card_value(*facts, word));
          out.push_back(std::move(value));
        }
        return out;
      }
      if (facts.code() != Errc::not_found) return facts.error();  // else it was taken away too soon: the next one
    }
    KW_CHECK(pause(end, kCardLook, -1));
  }
}

ReaderThread::Texts ReaderThread::read_code(const ReadWish& wish) {
  const auto end = steady_clock::now() + wish.patience;
  KW_CHECK(ports_.code->open());
  struct Closing {
    device::CodeReader& reader;
    ~Closing() { reader.close(); }
  } const closing{*ports_.code};
  while (true) {
    KW_CHECK(
        pause(end, std::chrono::duration_cast<milliseconds>(wish.patience) + kCardLook, ports_.code->descriptor()));
    KW_TRY(auto texts, ports_.code->take());
    if (texts.empty()) continue;
    std::vector<SecretBytes> out;
    out.push_back(std::move(texts.front()));
    return out;
  }
}

void ReaderThread::wake() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(wake_.get(), &one, sizeof one);  // full: it is awake
}

void ReaderThread::stop() {
  wake();
  if (thread_.joinable()) thread_.join();
}

}  // namespace kw::agent

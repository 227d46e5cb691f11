#pragma once
// RecordedCardReader and RecordedCodeReader are readers in memory for tests. Never shipped.
#include <sys/eventfd.h>
#include <unistd.h>

#include <optional>

#include "device/reader/ports.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class RecordedCardReader final : public device::CardReader {
 public:
  std::optional<Bytes> card;  // as parse_card_data takes it; nothing: no card lies there
  bool gone = false;          // the reader is not there

  Result<bool> present() override {
    if (gone) return fail(Errc::not_found, "reader");
    return card.has_value();
  }
  Result<device::CardFacts> read() override {
    if (gone) return fail(Errc::not_found, "reader");
    if (!card) return fail(Errc::not_found, "no card");
    return device::parse_card_data(*card);
  }
};

class RecordedCodeReader final : public device::CodeReader {
 public:
  bool there = true;
  /// shows scans a code.
  void shows(std::string_view text) {
    const std::uint64_t one = 1;
    if (text.empty() || text.size() > device::kMostCode) return;
    codes_.push_back(SecretBytes::copy_of(bytes_of(text)));
    [[maybe_unused]] const auto n = ::write(fd_.get(), &one, sizeof one);
  }
  Result<> open() override {
    if (!there) return fail(Errc::not_found, "scanner");
    fd_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    return {};
  }
  [[nodiscard]] int descriptor() const noexcept override { return fd_ ? fd_.get() : -1; }
  Result<std::vector<SecretBytes>> take() override {
    if (!fd_) return fail(Errc::closed, "scanner");
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(fd_.get(), &count, sizeof count);
    auto out = std::exchange(codes_, {});
    if (!there && out.empty()) {
      close();
      return fail(Errc::closed, "scanner");
    }
    return out;
  }
  void close() override { fd_.reset(); }

 private:
  UniqueFd fd_;
  std::vector<SecretBytes> codes_;
};

}  // namespace kw::platform

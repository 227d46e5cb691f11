#pragma once
// CardReader and CodeReader are the ports behind which a kiosk's identity-card reader and code scanner stand.
//
//   if (KW_TRY of card.present()) { auto facts = card.read(); … }      one card; the values are secrets
//   poll(code.descriptor()); for (auto& text : *code.take()) …        whole codes, as they were shown
//
// Errors are typed and name no value. Neither keeps what it read. One thread. Clause 7.1 (data of identity), 5.4-a
// (what may be plugged in decides section peripherals, not these). Why: ADR 120.
#include <vector>

#include "device/reader/card_facts.h"

namespace kw::device {

class CardReader {
 public:
  virtual ~CardReader() = default;
  /// present: whether a card lies on the reader. Errc::unavailable for a reader that is not there or is in use,
  /// Errc::timeout for one that does not answer.
  virtual Result<bool> present() = 0;
  /// read takes the card that lies there: Errc::not_found without one, or where it was taken away too soon; the errors
  /// of parse_card_data for what it says; else those of present().
  virtual Result<CardFacts> read() = 0;
};

/// Octets of a code, at most: a QR code holds 2,953 octets or 4,296 letters.
inline constexpr std::size_t kMostCode = 4296;

class CodeReader {
 public:
  virtual ~CodeReader() = default;
  /// open: Errc::not_found, Errc::unavailable where another has it.
  virtual Result<> open() = 0;
  [[nodiscard]] virtual int descriptor() const noexcept = 0;  // readable where take() has something; -1: not open
  /// take gives the codes that were read since; none of them is empty or longer than kMostCode. Errc::closed where the
  /// scanner has gone: open() again.
  virtual Result<std::vector<SecretBytes>> take() = 0;
  virtual void close() = 0;
};

}  // namespace kw::device

#include "platform/linux/serial_card_reader.h"

#include "device/peripherals/sam_module.h"
#include "platform/linux/sam_line.h"

namespace kw::platform {
namespace {

constexpr auto kCommandAnswer = std::chrono::seconds(1), kReadAnswer = std::chrono::seconds(3);
constexpr Byte kFound = 0x9f, kDone = 0x90;
// Statuses that say that there is no card, or none that answers.
constexpr Byte kNoCard = 0x80, kNoChoice = 0x81, kUnread = 0x41;

Bytes find_card() { return device::sam_command(0x20, 0x01); }
Bytes select_card() { return device::sam_command(0x20, 0x02); }
Bytes read_card() { return device::sam_command(0x30, 0x01); }

/// Whether a command was done; not_found where there is no card (any more).
Result<> done(const SecretBytes& answer, Byte good) {
  KW_TRY(const auto parsed, device::sam_answer(answer.reveal()));
  if (parsed.status == good) return {};
  if (parsed.status == kNoCard || parsed.status == kNoChoice || parsed.status == kUnread)
    return fail(Errc::not_found, "no card");
  return fail(Errc::unavailable, "the reader refuses");
}

}  // namespace

Result<bool> SerialCardReader::present() {
  KW_TRY(auto line, SamLine::open(line_));
  KW_TRY(const auto answer, line.ask(find_card(), kCommandAnswer));
  const auto found = done(answer, kFound);
  if (found) return true;
  if (found.code() == Errc::not_found) return false;
  return found.error();
}

Result<device::CardFacts> SerialCardReader::read() {
  KW_TRY(auto line, SamLine::open(line_));
  KW_TRY(const auto found, line.ask(find_card(), kCommandAnswer));
  KW_CHECK(done(found, kFound));
  KW_TRY(const auto chosen, line.ask(select_card(), kCommandAnswer));
  KW_CHECK(done(chosen, kDone));
  KW_TRY(const auto told, line.ask(read_card(), kReadAnswer));
  KW_CHECK(done(told, kDone));
  KW_TRY(const auto answer, device::sam_answer(told.reveal()));
  return device::parse_card_data(answer.data);
}

}  // namespace kw::platform

#pragma once
// encode makes of a batch of records what goes to a target, as its profile says; read_answer reads what came back.
//
//   Batch batch{batch_number(profile, ledger, from, end), records};
//   KW_TRY(auto message, encode(profile, batch));
//   ... send message.octets, receive status and octets ...
//   KW_TRY(auto answer, read_answer(profile, batch, status, octets));
//
// PURE and thread-safe. No value of a record can break out of its place: each form escapes by its own rule.
#include "export/profile.h"

namespace kw::exports {

struct Batch {
  std::string number;  // the same whenever these entries are sent
  std::vector<Record> records;
};
/// batch_number is the prefix, the first entry's number and how many entries of the ledger it spans.
[[nodiscard]] std::string batch_number(const Profile& profile, const LedgerIdentity& ledger, std::uint64_t from,
                                       std::uint64_t end);
/// span_of_batch is the way back; nothing for what is no number of this ledger's batches.
struct Span {
  std::uint64_t from = 0, end = 0;
};
[[nodiscard]] std::optional<Span> span_of_batch(const Profile& profile, const LedgerIdentity& ledger,
                                                std::string_view number);

struct Message {
  std::string octets;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
};
Result<Message> encode(const Profile& profile, const Batch& batch);

struct Refusal {
  std::string number, code;  // code: at most 64 octets, as the receiver wrote it
};
/// Blame says what a refusal of a whole batch is about. data: the receiver says that what was sent is wrong. unclear:
/// it may be (a fault of the receiver's while it handled the batch; every record refused by name).
enum class Blame : std::uint8_t { receiver, unclear, data };
struct Answer {
  bool accepted = false;          // all but the refused ones
  std::string word;               // what it said, for the operator; at most 200 octets
  std::vector<Refusal> refused;   // of this batch's records only
  Blame blame = Blame::receiver;  // where it was not accepted
};
inline constexpr std::size_t kMostAnswer = 1 << 20;
/// read_answer: Errc::malformed or too_large for what is no answer: then the batch is asked again. A receiver that
/// refuses every one of several records refuses the batch: accepted is false.
Result<Answer> read_answer(const Profile& profile, const Batch& batch, int status, ByteView octets);

// The forms, for encode and for tests.
[[nodiscard]] std::string syslog_message(const Profile& profile, const Record& record);  // RFC 5424, without framing
[[nodiscard]] std::string cef_line(const Profile& profile, const Record& record);        // without line end
[[nodiscard]] std::string json_object(const Profile& profile, const Record& record);
/// xml_document is the batch in the profile's character set.
Result<std::string> xml_document(const Profile& profile, const Batch& batch);
[[nodiscard]] std::string xml_escape(std::string_view text);

}  // namespace kw::exports

#include "export/message.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "export/kafka.h"
#include "export/soap.h"
#include "export/xml_reply.h"

namespace kw::exports {
namespace {

constexpr std::size_t kMostWord = 200, kMostCode = 64;

/// settle_answer keeps the refusals that are about this batch, each once, and sees a refusal of everything.
Answer settle_answer(Answer answer, const Batch& batch) {
  std::set<std::string> ours, seen;
  for (const auto& record : batch.records) ours.insert(record.number);
  std::vector<Refusal> kept;
  for (auto& refusal : answer.refused) {
    if (!ours.contains(refusal.number) || !seen.insert(refusal.number).second) continue;
    kept.push_back({std::move(refusal.number), clean_text(refusal.code, kMostCode)});
  }
  answer.refused = std::move(kept);
  answer.word = clean_text(answer.word, kMostWord);
  if (batch.records.size() > 1 && answer.refused.size() == batch.records.size()) {
    answer.accepted = false;
    answer.blame = std::max(answer.blame, Blame::unclear);
  }
  return answer;
}

/// http_refusal: 400 and 422 are about what was sent, 413 about how much of it.
Answer http_refusal(int status) {
  const bool data = status == 400 || status == 413 || status == 422;
  return {false, "HTTP " + std::to_string(status), {}, data ? Blame::data : Blame::receiver};
}

Message syslog_frames(const Profile& profile, const Batch& batch) {
  Message out;
  for (const auto& record : batch.records) {
    const auto message = syslog_message(profile, record);
    out.octets += std::to_string(message.size()) + " " + message;  // RFC 5425 section 4.3
  }
  return out;
}

Message lines(const Profile& profile, const Batch& batch) {
  const bool cef = profile.http.form == RecordForm::cef;
  Message out{{}, cef ? "text/plain; charset=utf-8" : "application/x-ndjson", {}};
  for (const auto& record : batch.records)
    out.octets += (cef ? cef_line(profile, record) : json_object(profile, record)) + "\n";
  out.headers.emplace_back("Idempotency-Key", batch.number);
  return out;
}

}  // namespace

std::string batch_number(const Profile& profile, const LedgerIdentity& ledger, std::uint64_t from, std::uint64_t end) {
  return profile.batch_prefix + number_of(ledger, from) + "-" + std::to_string(end - from);
}

std::optional<Span> span_of_batch(const Profile& profile, const LedgerIdentity& ledger, std::string_view number) {
  if (!number.starts_with(profile.batch_prefix)) return std::nullopt;
  number.remove_prefix(profile.batch_prefix.size());
  const auto dash = number.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = index_of(ledger, number.substr(0, dash));
  const auto digits = number.substr(dash + 1);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (!from || error != std::errc() || end != digits.data() + digits.size() || count == 0 || count > kIndexes)
    return std::nullopt;
  return Span{*from, *from + count};
}

Result<Message> encode(const Profile& profile, const Batch& batch) {
  switch (profile.kind) {
    case Kind::syslog:
      return syslog_frames(profile, batch);
    case Kind::soap:
      return soap_message(profile, batch);
    case Kind::files: {
      KW_TRY(auto xml, xml_document(profile, batch));
      return Message{std::move(xml), "application/xml", {}};
    }
    case Kind::http:
      break;
  }
  if (profile.http.wrap == Wrap::lines) return lines(profile, batch);
  return kafka_message(profile, batch);
}

Result<Answer> read_answer(const Profile& profile, const Batch& batch, int status, ByteView octets) {
  if (octets.size() > kMostAnswer) return fail(Errc::too_large, "answer of the receiver");
  const bool good = status >= 200 && status < 300;
  if (profile.kind == Kind::http) {
    if (!good) return http_refusal(status);
    if (profile.http.wrap == Wrap::lines) return Answer{true, "HTTP " + std::to_string(status), {}, Blame::receiver};
    KW_TRY(auto answer, kafka_answer(profile.http.wrap, batch, text_of(octets)));
    return settle_answer(std::move(answer), batch);
  }
  // SOAP 1.1 says a fault with status 500, and the fault names the reason.
  if (!good && status != 500) {
    auto refusal = http_refusal(status);
    // SOAP 1.2 says the sender's fault with status 400, and its reason is better than a number.
    if (const auto fault = xml_answer(profile.reply, profile.charset, octets); fault && !fault->accepted)
      refusal.word = clean_text(fault->word, kMostWord);
    return refusal;
  }
  KW_TRY(auto answer, xml_answer(profile.reply, profile.charset, octets));
  if (!good) answer.accepted = false;
  return settle_answer(std::move(answer), batch);
}

}  // namespace kw::exports

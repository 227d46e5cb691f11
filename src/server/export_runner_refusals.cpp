// What a receiver does not take: a batch refused whole is broken up, the record that it is about put aside, and sent
// again when somebody asks for it (ADR 63).
#include "base/text.h"
#include "server/export_runner.h"

namespace kw::server {
namespace {

constexpr unsigned kUnclearTries = 3;    // a batch whose refusal may be the receiver's own fault is broken up then
constexpr std::size_t kMostResent = 50;  // in one step
constexpr std::size_t kMostRefusalCode = 64;
const std::string kAside = "export.record.aside";

}  // namespace

Result<> ExportRunner::on_refusal(const exports::Batch& batch, exports::Span span, const exports::Answer& answer) {
  auto next = begin_step();
  const auto& progress = next.stream.progress();
  if (!next.stream.open() || progress.cursor != span.from || progress.open_end != span.end) return {};
  const auto limit = road_->profile.patience.aside;
  const bool about_data = answer.blame == exports::Blame::data ||
                          (answer.blame == exports::Blame::unclear && next.stream.attempts() + 1 >= kUnclearTries);
  const bool alone = batch.records.size() == 1;
  if (about_data && limit > 0 && batch.records.size() > 1) return break_up(std::move(next), batch.records.size());
  if (about_data && alone && next.row.in_a_row < limit) return put_aside(std::move(next), batch, span, answer.word);
  const auto in_a_row = about_data && alone && limit > 0 ? next.row.in_a_row : 0;
  next.lock = {};
  on_failure(Error(Errc::unavailable, in_a_row == 0 ? "the receiver says: " + answer.word
                                                    : "the receiver refuses one record after another (" +
                                                          std::to_string(in_a_row) + "): " + answer.word));
  return {};
}

Result<> ExportRunner::break_up(Step next, std::uint64_t records) {
  const auto& progress = next.stream.progress();
  const auto open_end = progress.open_end;
  const auto now = exports::after_refusal(next.breakup(), records, open_end);
  KW_TRY(const auto part, ports_.source.find(road_->profile, ledger_, progress.cursor, now.limit));
  KW_CHECK(next.stream.narrow(std::min(part.end, open_end - 1)));
  next.set(now);
  ports_.log.warning("export.broken_up",
                     {{"target", name_}, {"records", std::to_string(records)}, {"to", std::to_string(now.limit)}});
  return keep(std::move(next));
}

Result<> ExportRunner::put_aside(Step next, const exports::Batch& batch, exports::Span span, const std::string& word) {
  KW_CHECK(next.stream.answer(span.from, span.end));
  const auto& record = batch.records.front();
  const auto code = clean_text(word, kMostRefusalCode);
  next.set(exports::after_answer(next.breakup(), road_->profile.batch, 0, 1, span.end));
  const bool recovered = next.stream.recovered_now();
  return keep(std::move(next), [&](Change& change, store::Export& row) -> Result<> {
    const auto at = ports_.changes.clock().now();
    KW_TRY(const bool fresh,
           change.repositories().exports().refuse(name_, {record.index, record.number, code, at, true}));
    if (fresh) ++row.refused;
    // A receiver that refuses what tells of refusals would be told of that, and so on: it is counted, and told in sum.
    if (fresh && record.type != kAside) {
      KW_CHECK(change.record({.type = kAside,
                              .result = "refused",
                              .params = {{"target", name_}, {"number", record.number}, {"code", code}}}));
    }
    return recovered ? end_stall(change, row) : Result<>();
  });
}

Result<store::ExportRefusal> ExportRunner::resend(const std::string& number, const std::string& reason,
                                                  const Actor& who) {
  auto out = ports_.changes.run([&](Change& change) -> Result<store::ExportRefusal> {
    auto& records = change.repositories().exports();
    auto found = records.refusal(name_, number);
    if (!found)
      return found.code() == Errc::not_found ? fail(Errc::not_found, "number")
                                             : Result<store::ExportRefusal>(found.error());
    if (found->state == store::ExportRecordState::asked) return fail(Errc::conflict, "it is being sent already");
    if (found->state == store::ExportRecordState::taken) return fail(Errc::conflict, "the receiver has it");
    found->state = store::ExportRecordState::asked;
    KW_CHECK(records.settle(name_, *found));
    KW_CHECK(change.record({.type = "export.record.asked",
                            .actor = who,
                            .params = {{"target", name_}, {"number", number}, {"reason", reason}}}));
    return std::move(*found);
  });
  resends_ = true;
  return out;
}

net::asio::awaitable<void> ExportRunner::deliver_resend() {
  if (stopping_ || !resends_ || steady() < resend_due_ || look().row.paused) co_return;
  resends_ = false;
  const auto asked =
      ports_.changes.store().read([&](store::Repositories& r) { return r.exports().asked(name_, kMostResent); });
  Result<> done = asked ? Result<>() : Result<>(asked.error());
  for (std::size_t i = 0; asked && done && i < asked->size() && !stopping_; ++i) {
    const auto& record = (*asked)[i];
    resends_ = true;
    const auto number = exports::batch_number(road_->profile, ledger_, record.index, record.index + 1);
    auto found = ports_.source.one(ledger_, record.index, road_->profile.personal);
    if (!found) {
      done = found.error();
      break;
    }
    exports::Batch batch;
    batch.number = number;
    batch.records.push_back(std::move(*found));
    const auto delivered = co_await road_->transport->deliver(batch);
    if (!delivered) {
      done = delivered.error();
    } else if (delivered->answer) {
      done = settle_resent(record, *delivered->answer);
    } else {
      resend_due_ = steady() + road_->profile.patience.answer;  // its answer comes later; without one it is sent again
    }
  }
  if (!done) {
    resend_due_ = steady() + road_->profile.patience.most;
    resends_ = true;
    ports_.log.warning("export.failed", {{"target", name_}, {"error", done.error().text()}});
  }
}

Result<> ExportRunner::settle_resent(store::ExportRefusal record, const exports::Answer& answer) {
  const bool taken = answer.accepted && answer.refused.empty();
  if (!taken && answer.blame == exports::Blame::receiver && answer.refused.empty())
    return fail(Errc::unavailable, "the receiver says: " + answer.word);
  const auto now = ports_.changes.clock().now();
  record.state = taken ? store::ExportRecordState::taken : store::ExportRecordState::refused;
  record.time = taken ? record.time : now;
  if (taken) record.settled = now;
  if (!taken) record.code = answer.refused.empty() ? clean_text(answer.word, kMostRefusalCode) : answer.refused[0].code;
  return ports_.changes.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().exports().settle(name_, record));
    return change.record(
        {.type = "export.record.resent",
         .result = taken ? "success" : "refused",
         .params = {{"target", name_}, {"number", record.number}, {"code", taken ? "" : record.code}}});
  });
}

}  // namespace kw::server

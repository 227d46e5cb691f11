// What people ask of a target, and answers that come by themselves.
#include "base/text.h"
#include "server/export_runner.h"

namespace kw::server {
namespace {

constexpr int kMostCollectedOnce = 100;  // answers read in one step
constexpr std::size_t kMostTestDetail = 200;

}  // namespace

void ExportRunner::collect() {
  for (int i = 0; i < kMostCollectedOnce; ++i) {
    auto late = road_->transport->collect();
    if (!late) ports_.log.error("export.failed", {{"target", name_}, {"error", late.error().text()}});
    if (!late || !*late) return;
    const auto done = take_late(**late);
    const auto away = road_->transport->put_away((*late)->batch, done.has_value());
    if (!done) {
      ports_.log.warning(
          "export.answer",
          {{"target", name_}, {"batch", clean_text((*late)->batch, 64)}, {"error", done.error().text()}});
    }
    if (!away) {
      ports_.log.error("export.failed", {{"target", name_}, {"error", away.error().text()}});
      return;
    }
  }
}

Result<> ExportRunner::take_late(const LateAnswer& late) {
  const auto span = exports::span_of_batch(road_->profile, ledger_, late.batch);
  if (!span) return fail(Errc::not_found, "answer to a batch of nobody's");
  if (span->from >= exports::kIndexes - exports::kTestIndexes) {
    exports::Batch batch{late.batch, {}};
    KW_TRY(const auto answer, exports::read_answer(road_->profile, batch, 200, late.octets));
    return settle_test(answer.accepted ? "success" : "refused", answer.word);
  }
  const auto at = look();
  const auto& progress = at.stream.progress();
  exports::Batch batch{late.batch, {}};
  if (at.stream.open() && progress.cursor == span->from && progress.open_end == span->end) {
    KW_TRY(batch, batch_of_stream(at.stream));
  } else if (span->end == span->from + 1) {
    const auto number = exports::number_of(ledger_, span->from);
    auto record = ports_.changes.store().read([&](auto& r) { return r.exports().refusal(name_, number); });
    if (!record && record.code() != Errc::not_found) return record.error();
    if (record && record->state == store::ExportRecordState::asked) {
      KW_TRY(auto found, ports_.source.one(ledger_, span->from, road_->profile.personal));
      batch.records.push_back(std::move(found));
      KW_TRY(const auto answer, exports::read_answer(road_->profile, batch, 200, late.octets));
      resend_due_ = steady();
      return settle_resent(std::move(*record), answer);
    }
  }
  KW_TRY(const auto answer, exports::read_answer(road_->profile, batch, 200, late.octets));
  return on_answer(batch, *span, answer);
}

net::asio::awaitable<void> ExportRunner::deliver_test() {
  exports::Batch batch;
  {
    const std::lock_guard lock(test_mutex_);
    if (!test_ || !test_asked_) co_return;
    test_asked_ = false;
    auto record = exports::test_record(ledger_, test_->time);
    batch = {exports::batch_number(road_->profile, ledger_, record.index, record.index + 1), {std::move(record)}};
  }
  const auto delivered = co_await road_->transport->deliver(batch);
  Result<> done;
  if (!delivered) {
    done = settle_test("failed", delivered.error().text());
  } else if (delivered->answer) {
    const auto& answer = *delivered->answer;
    const bool good = answer.accepted && answer.refused.empty();
    done = settle_test(good ? "success" : "refused", answer.refused.empty() ? answer.word : answer.refused[0].code);
  }
  if (!done) ports_.log.error("export.failed", {{"target", name_}, {"error", done.error().text()}});
}

Result<> ExportRunner::settle_test(const std::string& result, const std::string& detail) {
  ExportTest settled;
  {
    const std::lock_guard lock(test_mutex_);
    if (!test_ || test_->result != "waiting") return {};  // its answer came before
    test_->result = result;
    test_->detail = clean_text(detail, kMostTestDetail);
    settled = *test_;
  }
  return ports_.changes.run([&](Change& change) {
    return change.record({.type = "export.tested",
                          .result = result,
                          .params = {{"target", name_}, {"number", settled.number}, {"detail", settled.detail}}});
  });
}

Result<> ExportRunner::test(const std::string& reason, const Actor& who) {
  const auto now = ports_.changes.clock().now();
  const auto number = exports::test_record(ledger_, now).number;
  {
    const std::lock_guard lock(test_mutex_);
    if (test_asked_) return fail(Errc::conflict, "a test is under way");
  }
  KW_CHECK(ports_.changes.run([&](Change& change) {
    return change.record({.type = "export.test_asked",
                          .actor = who,
                          .params = {{"target", name_}, {"number", number}, {"reason", reason}}});
  }));
  const std::lock_guard lock(test_mutex_);
  test_ = ExportTest{now, number, "waiting", {}};
  test_asked_ = true;
  return {};
}

Result<> ExportRunner::pause(const std::string& reason, const Actor& who) {
  auto next = begin_step();
  if (!next.stream.pause()) return fail(Errc::conflict, "paused already");
  return keep(std::move(next), [&](Change& change, store::Export&) {
    return change.record({.type = "export.paused", .actor = who, .params = {{"target", name_}, {"reason", reason}}});
  });
}

Result<> ExportRunner::resume(const std::string& reason, const Actor& who) {
  auto next = begin_step();
  if (!next.stream.resume()) return fail(Errc::conflict, "not paused");
  return keep(std::move(next), [&](Change& change, store::Export&) {
    return change.record({.type = "export.resumed", .actor = who, .params = {{"target", name_}, {"reason", reason}}});
  });
}

Result<ExportStatus> ExportRunner::status() {
  ExportStatus out;
  {
    const std::lock_guard lock(mutex_);
    out.stored = row_;
    out.state = std::string(exports::name(stream_.state()));
    out.attempts = stream_.attempts();
    out.strays = stream_.strays();
    const auto& profile = road_->profile;
    out.kind = std::string(exports::name(profile.kind));
    out.address = profile.address.text;
    out.profile = to_hex(profile.digest);
    out.batch = exports::batch_size(breakup_of(row_), road_->profile.batch);
  }
  {
    const std::lock_guard lock(test_mutex_);
    out.test = test_;
  }
  out.name = name_;
  KW_TRY(out.aside, ports_.changes.store().read([&](auto& r) { return r.exports().aside(name_); }));
  KW_TRY(out.size, ports_.source.size());
  out.lag = out.size > out.stored.cursor ? out.size - out.stored.cursor : 0;
  if (out.lag > 0) {
    auto oldest = ports_.source.received(out.stored.cursor);
    if (!oldest && oldest.code() != Errc::not_found) return oldest.error();
    if (oldest) out.oldest = *oldest;  // an entry that is no longer on line has no time to show
  }
  return out;
}

}  // namespace kw::server

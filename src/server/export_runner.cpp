#include "server/export_runner.h"

#include <boost/asio/steady_timer.hpp>

#include "base/text.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
constexpr auto kPause = 500ms;       // between two looks at the ledger
constexpr auto kTellRefusals = 60s;  // export.refused is itself a record: not more often
constexpr std::size_t kMostDetail = 200;

exports::Progress progress_of(const store::Export& row) {
  return {row.cursor, row.open_end, row.paused, !row.stall.empty()};
}

}  // namespace

ExportRunner::ExportRunner(exports::Profile profile, store::Export stored, exports::LedgerIdentity ledger, Ports ports)
    : name_(profile.name),
      ledger_(std::move(ledger)),
      ports_(ports),
      road_(std::make_shared<const Road>(std::move(profile), ports)),
      stream_(road_->profile.patience, progress_of(stored), ports.changes.clock().steady()),
      row_(std::move(stored)) {}

ExportRunner::Road::Road(exports::Profile wanted, Ports ports)
    : profile(std::move(wanted)), transport(make_transport(profile, {ports.changes.clock(), ports.changes.random()})) {}

void ExportRunner::replace(exports::Profile profile) {
  const std::lock_guard lock(mutex_);
  coming_ = std::move(profile);
}

Result<> ExportRunner::take_profile() {
  auto next = begin_step();
  // The answer that is awaited is to what the old profile sent; without one it is sent again by the new one.
  if (!coming_ || next.stream.state() == exports::StreamState::awaiting) return {};
  auto profile = *coming_;
  next.stream.set_patience(profile.patience);
  next.row.profile = profile.digest;
  const std::map<std::string, std::string> params{
      {"target", name_}, {"profile", to_hex(profile.digest)}, {"address", profile.address.text}};
  KW_CHECK(keep(std::move(next), [&](Change& change, store::Export&) {
    return change.record({.type = "export.target.changed", .params = params});
  }));
  auto road = std::make_shared<const Road>(std::move(profile), ports_);
  const std::lock_guard lock(mutex_);
  if (equal(coming_->digest, road->profile.digest)) coming_.reset();  // else a still newer one came meanwhile
  road_ = std::move(road);
  return {};
}

ExportRunner::Step ExportRunner::begin_step() {
  std::unique_lock lock(mutex_);
  return {std::move(lock), stream_, row_};
}

ExportRunner::Look ExportRunner::look() {
  const std::lock_guard lock(mutex_);
  return {stream_, row_};
}

Result<> ExportRunner::keep(Step step, const std::function<Result<>(Change&, store::Export&)>& more) {
  const auto& progress = step.stream.progress();
  step.row.cursor = progress.cursor;
  step.row.open_end = progress.open_end;
  step.row.paused = progress.paused;
  KW_CHECK(ports_.changes.run([&](Change& change) -> Result<> {
    if (more) KW_CHECK(more(change, step.row));
    return change.repositories().exports().update(step.row);
  }));
  stream_ = std::move(step.stream);
  row_ = std::move(step.row);
  return {};
}

Result<> ExportRunner::record_run(std::string_view type) {
  const auto at = look();
  if (at.row.paused) return {};
  return ports_.changes.run([&](Change& change) {
    return change.record(
        {.type = std::string(type), .params = {{"target", name_}, {"cursor", std::to_string(at.row.cursor)}}});
  });
}

net::asio::awaitable<void> ExportRunner::run() {
  net::asio::steady_timer timer(co_await net::asio::this_coro::executor);
  while (!stopping_) {
    co_await step();
    if (stopping_) break;
    const bool busy = look().stream.state() == exports::StreamState::sending;
    timer.expires_after(busy ? 0ms : kPause);
    co_await timer.async_wait(net::kTuple);
  }
}

net::asio::awaitable<void> ExportRunner::step() {
  collect();
  co_await deliver_test();
  co_await deliver_resend();
  // As long as there is something to send and it is taken, there is no pause.
  while (!stopping_) {
    Result<bool> more = false;
    if (const auto taken = take_profile(); !taken) complain(taken.error());
    more = advance();
    if (const auto taken = take_profile(); !taken) complain(taken.error());  // advance may have ended a wait
    watch_stall();
    if (!more) {
      complain(more.error());
      co_return;
    }
    complained_.clear();
    if (!*more) co_return;
    co_await deliver();
  }
}

void ExportRunner::complain(const Error& error) {
  if (std::exchange(complained_, error.text()) == error.text()) return;  // one line, not one each half second
  ports_.log.error("export.failed", {{"target", name_}, {"error", complained_}});
}

Result<bool> ExportRunner::advance() {
  auto at = begin_step();
  switch (at.stream.state()) {
    case exports::StreamState::idle:
      KW_CHECK(open_batch(std::move(at)));
      break;
    case exports::StreamState::awaiting:
    case exports::StreamState::backing_off: {
      KW_TRY(const bool due, at.stream.due(steady()));
      if (due) KW_CHECK(keep(std::move(at)));
      break;
    }
    default:
      break;
  }
  at.lock = {};
  return look().stream.state() == exports::StreamState::sending;
}

Result<> ExportRunner::open_batch(Step at) {
  const auto size = exports::batch_size(at.breakup(), road_->profile.batch);
  KW_TRY(const auto found, ports_.source.find(road_->profile, ledger_, at.row.cursor, size));
  if (found.end == at.row.cursor) return {};
  if (found.records.empty()) {
    KW_CHECK(at.stream.skip(found.end));
  } else {
    KW_CHECK(at.stream.begin(found.end));
  }
  return keep(std::move(at));
}

Result<exports::Batch> ExportRunner::batch_of_stream(const exports::Stream& stream) {
  const auto& progress = stream.progress();
  KW_TRY(auto found, ports_.source.again(road_->profile, ledger_, progress.cursor, progress.open_end));
  return exports::Batch{exports::batch_number(road_->profile, ledger_, progress.cursor, progress.open_end),
                        std::move(found.records)};
}

net::asio::awaitable<void> ExportRunner::deliver() {
  const auto at = look();
  const exports::Span span{at.stream.progress().cursor, at.stream.progress().open_end};
  const auto batch = batch_of_stream(at.stream);
  if (!batch) {
    on_failure(batch.error());
    co_return;
  }
  if (batch->records.empty()) {  // the filter is another one than when the batch was opened
    exports::Answer nothing_to_ask;
    nothing_to_ask.accepted = true;
    if (const auto done = on_answer(*batch, span, nothing_to_ask); !done) on_failure(done.error());
    co_return;
  }
  const auto delivered = co_await road_->transport->deliver(*batch);
  if (!delivered) {
    on_failure(delivered.error());
    co_return;
  }
  Result<> done;
  if (delivered->answer) {
    done = on_answer(*batch, span, *delivered->answer);
  } else {
    auto next = begin_step();
    done = next.stream.taken(steady());
    if (done) done = keep(std::move(next));
  }
  if (!done) on_failure(done.error());
}

Result<> ExportRunner::on_answer(const exports::Batch& batch, exports::Span span, const exports::Answer& answer) {
  if (!answer.accepted) return on_refusal(batch, span, answer);
  auto next = begin_step();
  const auto records = batch.records.size();
  const bool none = records > 0 && answer.refused.size() == records;
  if (none && road_->profile.patience.aside > 0 && next.row.in_a_row >= road_->profile.patience.aside) {
    next.lock = {};
    on_failure(Error(Errc::unavailable, "the receiver refuses one record after another: " + answer.word));
    return {};
  }
  KW_TRY(const bool ours, next.stream.answer(span.from, span.end));
  if (!ours) return keep(std::move(next));
  const auto now = ports_.changes.clock().now();
  next.row.sent += records;
  next.row.last_success = now;
  next.row.last_error.clear();
  next.set(exports::after_answer(next.breakup(), road_->profile.batch, records - answer.refused.size(),
                                 answer.refused.size(), span.end));
  const bool recovered = next.stream.recovered_now();
  return keep(std::move(next), [&](Change& change, store::Export& row) -> Result<> {
    for (const auto& refusal : answer.refused) {
      const auto index = exports::index_of(ledger_, refusal.number);
      if (!index) return fail(Errc::internal, "number of a refused record");
      KW_TRY(const bool fresh,
             change.repositories().exports().refuse(name_, {*index, refusal.number, refusal.code, now}));
      if (fresh) ++row.refused;
    }
    return recovered ? end_stall(change, row) : Result<>();
  });
}

Result<> ExportRunner::end_stall(Change& change, store::Export& row) {
  const auto now = ports_.changes.clock().now();
  const auto seconds = row.stalled_since ? (now - *row.stalled_since).count() / 1'000'000'000 : 0;
  KW_CHECK(change.record({.type = "export.recovered",
                          .params = {{"target", name_}, {"seconds", std::to_string(seconds)}},
                          .case_id = row.stall}));
  KW_TRY(auto closed, change.repositories().alarms().close_case({}, row.stall));
  for (auto& alarm : closed) change.alarm_changed(std::move(alarm));
  row.stall.clear();
  row.stalled_since.reset();
  return {};
}

void ExportRunner::on_failure(const Error& error) {
  const auto text = clean_text(error.text(), kMostDetail);
  auto next = begin_step();
  if (const auto moved = next.stream.failed(steady(), ports_.changes.random()); !moved)
    return;  // paused meanwhile, or answered
  ports_.log.warning("export.failed",
                     {{"target", name_}, {"attempt", std::to_string(next.stream.attempts())}, {"error", text}});
  next.row.last_error = text;
  stream_ = next.stream;  // waiting is waiting, whether or not the store takes it
  if (const auto stored = keep(std::move(next)); !stored)
    ports_.log.error("export.failed", {{"target", name_}, {"error", stored.error().text()}});
}

void ExportRunner::watch_stall() {
  auto next = begin_step();
  const auto now = ports_.changes.clock().now();
  const bool stalled = next.stream.stalled_now(steady());
  const bool tell = next.row.refused > next.row.told && (!told_at_ || steady() - *told_at_ >= kTellRefusals);
  if (!stalled && !tell) return;
  const auto kept = keep(std::move(next), [&](Change& change, store::Export& row) -> Result<> {
    if (stalled) {
      row.stall = copy(EventId::make(now, ports_.changes.random()).bytes());
      row.stalled_since = now;
      KW_CHECK(change.record({.type = "export.stalled",
                              .result = "failed",
                              .params = {{"target", name_}, {"reason", row.last_error}},
                              .case_id = row.stall}));
    }
    if (!tell) return {};
    KW_TRY(const auto newest, change.repositories().exports().refusals(name_, 1));
    KW_CHECK(change.record({.type = "export.refused",
                            .result = "refused",
                            .params = {{"target", name_},
                                       {"count", std::to_string(row.refused - row.told)},
                                       {"number", newest.empty() ? "" : newest.front().number},
                                       {"code", newest.empty() ? "" : newest.front().code}}}));
    row.told = row.refused;
    return {};
  });
  if (!kept) complain(kept.error());
  if (kept && tell) told_at_ = steady();
}

}  // namespace kw::server

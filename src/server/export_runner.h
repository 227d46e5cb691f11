#pragma once
// ExportRunner runs one target: reads the ledger, sends, keeps the progress, tells of stalls, tests on request.
//
// What happens when is exports::Stream's; every step is stored before it counts, and a step that cannot be stored is
// not taken. run() is one coroutine on one strand; everything else is thread-safe.
#include <atomic>
#include <mutex>

#include "export/breakup.h"
#include "server/change.h"
#include "server/export_source.h"
#include "server/export_transport.h"

namespace kw::server {

struct ExportTest {
  Timestamp time;
  std::string number, result, detail;  // result: waiting, success, refused, failed
};

/// What the console shows of a target.
struct ExportStatus {
  std::string name, kind, address, profile;  // profile: hex of its digest
  std::string state;                         // name(StreamState)
  store::Export stored;
  std::uint64_t size = 0, lag = 0;  // entries: of the ledger, not yet confirmed
  std::optional<Timestamp> oldest;  // when the platform took the oldest of them
  unsigned attempts = 0;
  std::uint64_t strays = 0;
  std::uint64_t aside = 0, batch = 0;  // refused records that are not at the receiver; records of a batch for now
  std::optional<ExportTest> test;
};

class ExportRunner {
 public:
  struct Ports {
    Changes& changes;
    ExportSource& source;
    Log& log;
  };
  /// `stored` is what the store holds of it. The profile is the runner's from then on.
  ExportRunner(exports::Profile profile, store::Export stored, exports::LedgerIdentity ledger, Ports ports);
  ExportRunner(const ExportRunner&) = delete;
  ExportRunner& operator=(const ExportRunner&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// replace: the profile, which has the same name, holds from the next batch on, or from when the batch under way is
  /// sent again. Where its receiver's answer is awaited it waits for that.
  void replace(exports::Profile profile);
  /// run goes on until stop(); it wakes each half second at the latest.
  net::asio::awaitable<void> run();
  /// stop may be called from any thread; run() ends at its next step.
  void stop() { stopping_ = true; }
  /// record_run writes export.started or export.stopped, where the target is not paused.
  Result<> record_run(std::string_view type);
  /// pause and resume: Errc::conflict where it is so already.
  Result<> pause(const std::string& reason, const Actor& who);
  Result<> resume(const std::string& reason, const Actor& who);
  /// test asks for one test record; Errc::conflict while one is under way.
  Result<> test(const std::string& reason, const Actor& who);
  Result<ExportStatus> status();
  /// resend asks for a refused record to be sent again, alone; Errc::not_found, Errc::conflict where that is asked for
  /// or done.
  Result<store::ExportRefusal> resend(const std::string& number, const std::string& reason, const Actor& who);

 private:
  /// A state to become: who holds one holds the lock, so that nobody else's step comes between.
  struct Step {
    std::unique_lock<std::mutex> lock;
    exports::Stream stream;
    store::Export row;
    [[nodiscard]] exports::Breakup breakup() const { return breakup_of(row); }
    void set(const exports::Breakup& to) {
      row.part_limit = to.limit;
      row.part_end = to.part_end;
      row.in_a_row = to.in_a_row;
    }
  };
  static exports::Breakup breakup_of(const store::Export& row) { return {row.part_limit, row.part_end, row.in_a_row}; }
  struct Look {
    exports::Stream stream;
    store::Export row;
  };
  /// A profile with its transport, which refers to it.
  struct Road {
    Road(exports::Profile wanted, Ports ports);
    exports::Profile profile;
    std::unique_ptr<ExportTransport> transport;
  };
  net::asio::awaitable<void> step();
  Result<> take_profile();
  net::asio::awaitable<void> deliver();
  net::asio::awaitable<void> deliver_test();
  net::asio::awaitable<void> deliver_resend();
  void collect();
  Result<bool> advance();  // true: something is to be sent now
  Result<> open_batch(Step at);
  Result<exports::Batch> batch_of_stream(const exports::Stream& stream);
  Result<> on_answer(const exports::Batch& batch, exports::Span span, const exports::Answer& answer);
  Result<> on_refusal(const exports::Batch& batch, exports::Span span, const exports::Answer& answer);
  Result<> break_up(Step next, std::uint64_t records);
  Result<> put_aside(Step next, const exports::Batch& batch, exports::Span span, const std::string& code);
  Result<> settle_resent(store::ExportRefusal record, const exports::Answer& answer);
  /// end_stall ends the case of a stall within a change, where a step has ended it.
  Result<> end_stall(Change& change, store::Export& row);
  void on_failure(const Error& error);
  void watch_stall();
  void complain(const Error& error);
  Result<> settle_test(const std::string& result, const std::string& detail);
  [[nodiscard]] Step begin_step();
  [[nodiscard]] Look look();
  Result<> take_late(const LateAnswer& late);
  /// keep stores a step with what `more` adds in the same transaction, and then takes it.
  Result<> keep(Step step, const std::function<Result<>(Change&, store::Export&)>& more = {});
  [[nodiscard]] Duration steady() { return ports_.changes.clock().steady(); }

  const std::string name_;
  const exports::LedgerIdentity ledger_;
  Ports ports_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;                  // guards the four that follow; never held while something is awaited
  std::shared_ptr<const Road> road_;  // written by the coroutine alone, which so reads it without the lock
  std::optional<exports::Profile> coming_;
  exports::Stream stream_;
  store::Export row_;
  std::mutex test_mutex_;  // guards the two that follow
  std::optional<ExportTest> test_;
  bool test_asked_ = false;
  std::string complained_;           // newest error that a line tells; the coroutine's alone, as is the next
  std::optional<Duration> told_at_;  // last export.refused; the coroutine's alone, as is the next
  Duration resend_due_{};
  std::atomic<bool> resends_ = true;  // perhaps there are records to be sent again
};

}  // namespace kw::server

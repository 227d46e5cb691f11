#include "store/ledger/ledger_writer.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "schema/codec.h"
#include "store/ledger/derived_files.h"
#include "store/ledger/recovery.h"

namespace kw::store {
namespace {

constexpr std::size_t kMaxBatchLimit = 16384;
constexpr std::uint64_t kMinSegment = 4096, kMaxSegment = 1ULL << 30;

/// One entry that waits. The first of a group knows how many belong together and whom to tell.
struct Waiting {
  Bytes entry;
  std::optional<ledger::Hash> leaf;  // none: the writer hashes it
  std::size_t group = 0;             // 0 for the others of a group
  Urgency urgency = Urgency::ordinary;
  LedgerWriter::Done done;
};

Result<> check_options(const LedgerOptions& options) {
  if (options.origin.empty() || options.origin.size() > ledger::kMaxOrigin) return fail(Errc::invalid, "ledger origin");
  if (options.segment_octets < kMinSegment || options.segment_octets > kMaxSegment)
    return fail(Errc::invalid, "ledger segment size");
  if (options.max_batch == 0 || options.max_batch > kMaxBatchLimit || options.max_waiting < options.max_batch)
    return fail(Errc::invalid, "ledger batch size");
  return {};
}

}  // namespace

class LedgerWriter::Impl {
 public:
  Impl(LedgerLayout layout, LedgerOptions options, FileOps& ops, std::unique_ptr<LedgerRoom> room, FileHandle lock,
       Recovered recovered, FileHandle segment, DerivedWriter derived)
      : layout_(std::move(layout)),
        options_(std::move(options)),
        ops_(ops),
        room_(std::move(room)),
        lock_(std::move(lock)),
        recovery_(recovered.report),
        segment_(std::move(segment)),
        segment_number_(recovered.segment),
        segment_end_(recovered.segment_end),
        frontier_(std::move(recovered.frontier)),
        derived_(std::move(derived)),
        size_(frontier_.size()),
        thread_([this] { run(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(queue_mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void append(std::span<Bytes> entries, Done done, Urgency urgency) {
    if (entries.empty() || entries.size() > options_.max_batch) return done(fail(Errc::invalid, "number of entries"));
    for (const auto& entry : entries)
      if (entry.empty() || entry.size() > ledger::kMaxEntry) return done(fail(Errc::invalid, "size of an entry"));
    // A group is hashed on its caller's thread, while the writer waits for the medium. A single entry would be hashed
    // slowly, alone: the writer hashes those of a batch together.
    std::vector<ledger::Hash> leaves(entries.size() > 1 ? entries.size() : 0);
    if (!leaves.empty()) ledger::leaf_hashes(std::vector<ByteView>(entries.begin(), entries.end()), leaves);
    bool first_in_queue = false, full = false;
    {
      const std::lock_guard lock(queue_mutex_);
      full = queue_.size() + entries.size() > options_.max_waiting;
      if (!full) {
        first_in_queue = queue_.empty();
        for (std::size_t i = 0; i < entries.size(); ++i)
          queue_.push_back({std::move(entries[i]), leaves.empty() ? std::nullopt : std::optional(leaves[i]),
                            i == 0 ? entries.size() : 0, urgency, i == 0 ? std::move(done) : Done()});
      }
    }
    if (full) return done(fail(Errc::unavailable, "too many entries wait for the ledger"));
    if (first_in_queue) wake_.notify_one();
  }

  Result<ledger::v1::Signed> checkpoint_now(const Clock& clock, const crypto::Sm2PrivateKey& key) {
    const std::lock_guard one_at_a_time(checkpoint_mutex_);
    auto made = checkpoint(clock, key);
    if (!made && made.code() == Errc::no_space && room_->ran_out()) made = checkpoint(clock, key);
    return made;
  }

  [[nodiscard]] std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] const LedgerRecovery& recovery() const noexcept { return recovery_; }
  [[nodiscard]] LedgerRoom& room() noexcept { return *room_; }

 private:
  Result<ledger::v1::Signed> checkpoint(const Clock& clock, const crypto::Sm2PrivateKey& key) {
    ledger::Checkpoint next{options_.origin, 0, {}, clock.now()};
    {
      const std::lock_guard lock(state_mutex_);
      KW_CHECK(derived_.flush());  // proofs for the checkpoint must be readable when it is
      next.size = frontier_.size();
      next.root = frontier_.root();
    }
    KW_TRY(auto object, ledger::sign_checkpoint(next, key));
    KW_CHECK(replace_file(ops_, layout_.checkpoint(), schema::serialise(object)));
    return object;
  }

  /// Two batches are on their way at most: one is written while the one before it, which is durable, is answered.
  void run() {
    while (take()) {
      if (room_->full()) (void)room_->look();  // where it cannot be seen, the ledger stays as full as it was
      if (room_->full()) keep_urgent(Error(Errc::no_space, "the ledger is full"));
      if (batch_.empty()) continue;
      auto done = commit();
      if (!done && done.code() == Errc::no_space) {
        const bool freed = room_->ran_out();
        keep_urgent(done.error());
        if (freed && !batch_.empty()) done = commit();
      }
      if (!done) refuse(done.error());
    }
  }

  Result<> commit() {
    auto done = write();
    settle();  // while the medium writes what write() gave it
    if (done) done = sync();
    if (done) adopt();
    return done;
  }

  /// Of the batch only what a full ledger still takes stays in it; the others are told why.
  void keep_urgent(const Error& error) {
    std::vector<Waiting> kept, turned_away;
    for (auto& item : batch_) {
      const bool keep = options_.on_full == OnFull::critical_only && item.urgency == Urgency::urgent;
      (keep ? kept : turned_away).push_back(std::move(item));
    }
    batch_.swap(turned_away);
    refuse(error);
    batch_.swap(kept);
  }

  /// Whole groups, as many as fit into a batch; the first always fits. False at the end.
  bool take() {
    std::unique_lock lock(queue_mutex_);
    if (queue_.empty() && !durable_.empty()) {  // there is nothing to write meanwhile
      lock.unlock();
      settle();
      lock.lock();
    }
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    while (!queue_.empty() && batch_.size() + queue_.front().group <= options_.max_batch)
      for (std::size_t left = queue_.front().group; left > 0; --left) {
        batch_.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    return !batch_.empty();
  }

  /// Gives the batch to the medium. What follows from it is computed while that works, and is no state yet.
  Result<> write() {
    KW_CHECK(drop_torn());
    KW_CHECK(catch_up());
    if (segment_end_ >= options_.segment_octets) KW_CHECK(roll());
    hash_leaves();
    const std::uint64_t first = frontier_.size();  // only this thread changes it
    buffer_.clear();
    places_.clear();
    for (const auto& item : batch_) {
      const std::size_t i = places_.size();
      places_.push_back({segment_number_, static_cast<std::uint32_t>(segment_end_ + buffer_.size())});
      build_record(buffer_, first + i, first, leaves_[i], item.entry);
    }
    auto written = ops_.write_at(segment_, buffer_, segment_end_);
    if (written) written = ops_.start_write(segment_, segment_end_, buffer_.size());
    if (!written) return undo(written.error());
    grown_ = frontier_;
    completed_.clear();
    grown_.append(leaves_, completed_);
    return {};
  }

  /// Leaves of the batch, in order: those that came with their entries, and the others hashed together.
  void hash_leaves() {
    views_.clear();
    for (const auto& item : batch_)
      if (!item.leaf) views_.emplace_back(item.entry);
    hashed_.resize(views_.size());
    ledger::leaf_hashes(views_, hashed_);
    auto next = hashed_.begin();
    leaves_.clear();
    for (const auto& item : batch_) leaves_.push_back(item.leaf ? *item.leaf : *next++);
  }

  /// The batch is durable when it succeeds; nothing of it stays when it fails.
  Result<> sync() {
    auto synced = ops_.sync_data(segment_);
    return synced ? Result<>() : undo(synced.error());
  }

  /// A failure to undo is met again, and told, by the next batch: nothing is written behind a torn one.
  Result<> undo(const Error& error) {
    torn_ = true;
    if (auto dropped = drop_torn(); !dropped) return error.within("torn batch stays");
    return error;
  }

  /// Cuts off what a failed write left behind the last durable entry.
  Result<> drop_torn() {
    if (!torn_) return {};
    KW_CHECK(ops_.truncate(segment_, segment_end_));
    KW_CHECK(ops_.sync_data(segment_));
    torn_ = false;
    return {};
  }

  Result<> catch_up() {
    if (!derived_late_) return {};
    const std::lock_guard lock(state_mutex_);
    KW_CHECK(derived_.flush());
    derived_late_ = false;
    return {};
  }

  /// The batch is durable: it counts from now on, and waits to be answered.
  void adopt() {
    segment_end_ += buffer_.size();
    durable_first_ = frontier_.size();
    durable_.swap(batch_);
    const std::lock_guard lock(state_mutex_);
    std::swap(frontier_, grown_);
    for (const auto& place : places_) derived_.add(place);
    for (const auto& hash : completed_) derived_.add(hash);
    size_.store(frontier_.size(), std::memory_order_release);
  }

  /// Writes what is derived from the durable batch, and answers it.
  void settle() {
    if (durable_.empty()) return;
    {
      // The entries are durable whether or not the derived files can be written now. What could not be written is kept;
      // the next batch and the next checkpoint try again, and fail with the reason where they cannot.
      const std::lock_guard lock(state_mutex_);
      derived_late_ = !derived_.flush();
    }
    std::uint64_t index = durable_first_;
    for (auto& item : durable_) {
      if (item.group > 0) item.done(index);
      ++index;
    }
    durable_.clear();
  }

  void refuse(const Error& error) {
    for (auto& item : batch_)
      if (item.group > 0) item.done(error);
    batch_.clear();
  }

  /// Goes on in a new segment. The derived files are synced first: recovery replays the last segment only.
  Result<> roll() {
    const std::lock_guard lock(state_mutex_);
    KW_CHECK(derived_.flush());
    KW_CHECK(derived_.sync());
    const SegmentHeader header{segment_number_ + 1, frontier_.size()};
    KW_CHECK(create_segment(layout_, ops_, header));
    KW_TRY(segment_, ops_.open_for_writing(layout_.segment(header.number)));
    segment_number_ = header.number;
    segment_end_ = kSegmentHeader;
    return {};
  }

  const LedgerLayout layout_;
  const LedgerOptions options_;
  FileOps& ops_;
  const std::unique_ptr<LedgerRoom> room_;
  const FileHandle lock_;
  const LedgerRecovery recovery_;

  // The writer's thread only.
  std::vector<Waiting> batch_;    // is being written
  std::vector<Waiting> durable_;  // is to be answered
  std::uint64_t durable_first_ = 0;
  bool derived_late_ = false;  // the derived files could not be written
  FileHandle segment_;
  std::uint32_t segment_number_;
  std::uint64_t segment_end_;
  bool torn_ = false;
  Bytes buffer_;
  std::vector<ByteView> views_;
  std::vector<ledger::Hash> hashed_, leaves_;
  std::vector<EntryPlace> places_;
  ledger::Frontier grown_;  // what frontier_ is when the batch is durable
  std::vector<ledger::TileHash> completed_;

  std::mutex state_mutex_;  // changes of these, and reads outside the writer's thread
  ledger::Frontier frontier_;
  DerivedWriter derived_;

  std::atomic<std::uint64_t> size_;
  std::mutex checkpoint_mutex_;
  std::mutex queue_mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: it starts when everything above is there
};

LedgerWriter::LedgerWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LedgerWriter::~LedgerWriter() = default;

Result<std::unique_ptr<LedgerWriter>> LedgerWriter::open(const std::filesystem::path& dir, LedgerOptions options,
                                                         FileOps& ops) {
  KW_CHECK(check_options(options));
  LedgerLayout layout{dir};
  for (const auto& path : {layout.dir, layout.entries(), layout.tiles()}) KW_CHECK(ops.make_directory(path));
  KW_CHECK(ops.sync_directory(layout.dir));
  KW_TRY(auto lock, lock_file(layout.lock()));
  auto room = std::make_unique<LedgerRoom>(layout.dir, ops, options.reserve_octets);
  auto found = recover(layout, options, ops);
  if (!found && found.code() == Errc::no_space && room->ran_out()) found = recover(layout, options, ops);
  KW_TRY(auto recovered, std::move(found));
  if (options.reserve_octets > 0) KW_CHECK(room->look());
  KW_TRY(auto segment, ops.open_for_writing(layout.segment(recovered.segment)));
  KW_TRY(auto derived, DerivedWriter::open(layout, ops, recovered.frontier.size()));
  return std::unique_ptr<LedgerWriter>(new LedgerWriter(
      std::make_unique<Impl>(std::move(layout), std::move(options), ops, std::move(room), std::move(lock),
                             std::move(recovered), std::move(segment), std::move(derived))));
}

void LedgerWriter::append(Bytes entry, Done done, Urgency urgency) {
  impl_->append({&entry, 1}, std::move(done), urgency);
}

std::future<Result<std::uint64_t>> LedgerWriter::append(Bytes entry, Urgency urgency) {
  auto promise = std::make_shared<std::promise<Result<std::uint64_t>>>();
  auto future = promise->get_future();
  append(std::move(entry), [promise](Result<std::uint64_t> index) { promise->set_value(std::move(index)); }, urgency);
  return future;
}

void LedgerWriter::append_all(std::vector<Bytes> entries, Done done, Urgency urgency) {
  impl_->append(entries, std::move(done), urgency);
}

Result<ledger::v1::Signed> LedgerWriter::checkpoint_now(const Clock& clock, const crypto::Sm2PrivateKey& key) {
  return impl_->checkpoint_now(clock, key);
}

std::uint64_t LedgerWriter::size() const { return impl_->size(); }
const LedgerRecovery& LedgerWriter::recovery() const noexcept { return impl_->recovery(); }
LedgerRoom& LedgerWriter::room() noexcept { return impl_->room(); }

}  // namespace kw::store

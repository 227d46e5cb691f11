#pragma once
// DerivedFiles are the parts of a ledger that follow from its entries: the tile levels and the table of offsets.
//
// They are written without sync after the entries are durable, and compared or rebuilt when a ledger is opened.
// FileTiles reads them. FileTiles is thread-safe; the others are used by one thread at a time.
#include <map>
#include <mutex>

#include "ledger/frontier.h"
#include "store/ledger/file_ops.h"
#include "store/ledger/layout.h"

namespace kw::store {

/// FileTiles is the TileReader over tile/; levels that have no file hold nothing.
class FileTiles final : public ledger::TileReader {
 public:
  explicit FileTiles(LedgerLayout layout) : layout_(std::move(layout)) {}
  Result<std::vector<ledger::Hash>> read(const ledger::TileId& id) override;

 private:
  LedgerLayout layout_;
  std::mutex mutex_;
  std::map<unsigned, FileHandle> levels_;
};

/// DerivedWriter appends to the derived files behind a ledger of `size` entries, and keeps what it could not write.
class DerivedWriter {
 public:
  /// open cuts off whatever the files hold beyond `size` entries.
  static Result<DerivedWriter> open(const LedgerLayout& layout, FileOps& ops, std::uint64_t size);
  void add(EntryPlace place);
  void add(const ledger::TileHash& hash);
  /// flush writes what was added; after an error nothing is lost and flush may be called again.
  Result<> flush();
  Result<> sync();
  [[nodiscard]] bool behind() const noexcept;  // holds what is not written

 private:
  struct Tail {
    FileHandle file;
    std::uint64_t end = 0;  // octets written
    Bytes pending;
  };
  DerivedWriter(LedgerLayout layout, FileOps& ops) : layout_(std::move(layout)), ops_(&ops) {}
  Result<> flush(Tail& tail);
  Result<Tail> open_tail(const std::filesystem::path& path, std::uint64_t octets);

  LedgerLayout layout_;
  FileOps* ops_;
  Tail index_;
  std::vector<Tail> levels_;
  bool new_level_ = false;  // a level file was made whose name is not synced yet
};

/// derived_reach tells whether the derived files are long enough for `size` entries.
Result<bool> derived_reach(const LedgerLayout& layout, std::uint64_t size);

/// DerivedCheck compares what the entries lead to with what the derived files hold, from the entry `size` on.
class DerivedCheck {
 public:
  /// Places are compared from the entry `places_from` on, which is `size` or after it: those of archived entries lead
  /// nowhere.
  DerivedCheck(const LedgerLayout& layout, std::uint64_t size) : DerivedCheck(layout, size, size) {}
  DerivedCheck(const LedgerLayout& layout, std::uint64_t size, std::uint64_t places_from);
  Result<> add(EntryPlace place);
  Result<> add(const ledger::TileHash& hash);
  /// finish also counts what the files hold too much.
  Result<> finish();
  [[nodiscard]] std::uint64_t wrong_hashes() const noexcept { return wrong_hashes_; }
  [[nodiscard]] std::uint64_t wrong_places() const noexcept { return wrong_places_; }
  /// The first entry whose place is wrong, and the wrong hash that stands above the first entry.
  struct WrongHash {
    unsigned level = 0;
    std::uint64_t number = 0;  // in its level
    std::uint64_t entry = 0;   // the first one below it
  };
  [[nodiscard]] std::optional<std::uint64_t> first_wrong_place() const noexcept { return first_wrong_place_; }
  [[nodiscard]] const std::optional<WrongHash>& first_wrong_hash() const noexcept { return first_wrong_hash_; }

 private:
  struct Stored {  // a file read in order
    FileHandle file;
    std::uint64_t at = 0;  // octets compared
    Bytes buffer;
    std::uint64_t buffer_at = 0;
    Result<bool> same(ByteView octets);
  };
  Result<Stored*> level(unsigned level);
  static Result<Stored> open_stored(const std::filesystem::path& path, std::uint64_t octets);

  LedgerLayout layout_;
  std::uint64_t size_, places_from_;
  std::optional<Stored> index_;
  std::map<unsigned, Stored> levels_;
  std::uint64_t wrong_hashes_ = 0, wrong_places_ = 0;
  std::optional<std::uint64_t> first_wrong_place_;
  std::optional<WrongHash> first_wrong_hash_;
};

}  // namespace kw::store

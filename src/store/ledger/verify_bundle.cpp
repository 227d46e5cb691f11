#include "store/ledger/verify_bundle.h"

#include "store/ledger/ledger_reader.h"
#include "store/ledger/segment_scan.h"

namespace kw::store {
namespace {

using ledger::BundleFault;

class BundleCheck {
 public:
  BundleCheck(const std::filesystem::path& path, const crypto::Sm2PublicKey& trusted)
      : path_(path), trusted_(trusted) {}

  Result<BundleReport> run(const std::optional<std::filesystem::path>& ledger) {
    KW_CHECK(read_head());
    if (!report_.good()) return report_;
    KW_CHECK(check_file());
    if (report_.good()) KW_CHECK(check_entries());
    if (report_.good() && ledger) KW_CHECK(check_against(*ledger));
    return report_;
  }

 private:
  void conclude(BundleFault fault, std::string detail) {
    report_.fault = fault;
    report_.detail = std::move(detail);
  }

  Result<> read_head() {
    KW_TRY(file_, open_for_reading(path_));
    Bytes octets(ledger::kBundlePreamble);
    KW_TRY(auto n, read_at(file_, octets, 0));
    const auto length = ledger::bundle_head_length(ByteView(octets).first(n));
    if (!length) return altered(length.error());
    octets.resize(*length);
    KW_TRY(n, read_at(file_, octets, ledger::kBundlePreamble));
    if (n < *length) return altered(Error(Errc::truncated, "head of the bundle"));
    const auto head = ledger::parse_bundle_head(octets);
    if (!head) return altered(head.error());
    auto claim = ledger::check_bundle_head(*head, trusted_);
    if (!claim) {
      conclude(claim.error().fault, claim.error().detail);
      return {};
    }
    begin_ = ledger::kBundlePreamble + *length;
    report_.seal = claim->seal;
    report_.checkpoint = claim->checkpoint;
    frontier_ = std::move(claim->before);
    return {};
  }
  Result<> altered(const Error& error) {
    conclude(BundleFault::head_altered, error.text());
    return {};
  }

  Result<> check_file() {
    KW_TRY(const auto size, file_size(file_));
    if (size - begin_ != report_.seal->octets) {
      conclude(BundleFault::file_altered, "the segment has " + std::to_string(size - begin_) + " octets, " +
                                              std::to_string(report_.seal->octets) + " were sealed");
      return {};
    }
    crypto::Sm3 hash;
    Bytes piece(1U << 20);
    for (std::uint64_t at = begin_; at < size;) {
      KW_TRY(const auto n, read_at(file_, piece, at));
      if (n == 0) break;
      hash.update(ByteView(piece).first(n));
      at += n;
    }
    file_is_sealed_ = hash.finish() == report_.seal->digest;
    return {};
  }

  /// An entry that differs is named; where none does, something between them was changed.
  Result<> check_entries() {
    Bytes header(kSegmentHeader);
    KW_TRY(const auto n, read_at(file_, header, begin_));
    const auto& seal = *report_.seal;
    const auto opening = parse_segment_header(ByteView(header).first(n));
    if (!opening || opening->number != seal.number || opening->first != seal.first) {
      conclude(BundleFault::file_altered, "header of the segment");
      return {};
    }
    KW_TRY(auto scan, SegmentScan::open(path_, begin_ + kSegmentHeader));
    std::vector<ledger::Hash> row;
    std::uint64_t index = seal.first;
    for (;; ++index) {
      const auto record = scan.next();
      if (!record && record.code() != Errc::truncated && record.code() != Errc::corrupt) return record.error();
      if (!record || (*record && (*record)->index != index)) {
        report_.index = index;
        conclude(BundleFault::entry_altered, "its record fails its check");
        return {};
      }
      if (!*record || row.size() == ledger::kTileWidth) {
        frontier_.append(row);
        row.clear();
      }
      if (!*record) break;
      row.push_back((*record)->leaf);
    }
    report_.entries = index - seal.first;
    if (index != seal.end || frontier_.root() != seal.root)
      conclude(BundleFault::entry_altered, "the entries do not lead to the sealed root");
    else if (!file_is_sealed_)
      conclude(BundleFault::file_altered, "the segment is not the sealed file, though its entries are the sealed ones");
    return {};
  }

  Result<> check_against(const std::filesystem::path& dir) {
    KW_TRY(const auto reader, LedgerReader::open(dir));
    KW_TRY(const auto object, reader->checkpoint());
    const auto& seal = *report_.seal;
    auto later = ledger::open_checkpoint(object, trusted_);
    if (!later) {
      conclude(later.code() == Errc::bad_signature ? BundleFault::bad_signature : BundleFault::checkpoint_unrelated,
               "checkpoint of the ledger: " + later.error().text());
      return {};
    }
    if (later->origin != seal.origin || later->size < seal.end) {
      conclude(BundleFault::checkpoint_unrelated, "the ledger is another one, or shorter than the bundle");
      return {};
    }
    auto proof = reader->consistency(seal.end, later->size);
    if (!proof && proof.code() != Errc::not_found) return std::move(proof).error();
    const auto continued = proof ? ledger::verify_consistency(seal.end, seal.root, later->size, later->root, *proof)
                                 : Result<>(fail(Errc::not_found, "stored hashes are missing"));
    if (!continued)
      conclude(BundleFault::checkpoint_unrelated, "the ledger does not continue it: " + continued.error().text());
    else
      report_.checkpoint = std::move(*later);
    return {};
  }

  const std::filesystem::path& path_;
  const crypto::Sm2PublicKey& trusted_;
  FileHandle file_;
  std::uint64_t begin_ = 0;  // of the segment file in the bundle
  bool file_is_sealed_ = false;
  ledger::Frontier frontier_;
  BundleReport report_;
};

}  // namespace

Result<BundleReport> verify_bundle(const std::filesystem::path& path, const crypto::Sm2PublicKey& trusted,
                                   const std::optional<std::filesystem::path>& ledger) {
  return BundleCheck(path, trusted).run(ledger);
}

}  // namespace kw::store

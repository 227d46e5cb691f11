#include "store/ledger/archive_record.h"

#include "schema/codec.h"

namespace kw::store {
namespace {

constexpr std::uint32_t kArchiveVersion = 1;

/// agrees: a segment is removed where a statement says so, about what was sealed, and in the record's own words.
bool agrees(const ArchiveRecord& record) {
  if (!record.removal) return !record.is_removed();
  const auto& said = *record.removal;
  return ledger::removes(said, record.seal) && said.removed.unix_ns == record.removed.unix_ns &&
         said.confirmed.unix_ns == record.confirmed.unix_ns && said.confirmed_by == record.confirmed_by &&
         said.place == record.place && said.bundle_digest == record.bundle_digest;
}

Result<ArchiveRecord> parse_archive(ByteView octets, const std::optional<crypto::Sm2PublicKey>& key) {
  KW_TRY(const auto message, schema::parse<ledger::v1::SegmentArchive>(octets, kMaxArchiveRecord));
  if (message.version() != kArchiveVersion) return fail(Errc::unsupported, "archive record version");
  ArchiveRecord out;
  out.seal_object = message.seal();
  KW_TRY(out.seal,
         key ? ledger::open_seal(message.seal(), *key) : ledger::parse_seal(bytes_of(message.seal().payload())));
  out.exported = {message.exported_ns()};
  out.confirmed = {message.confirmed_ns()};
  out.removed = {message.removed_ns()};
  out.confirmed_by = message.confirmed_by();
  out.place = message.place();
  if (message.has_removal()) {
    out.removal_object = message.removal();
    KW_TRY(out.removal, key ? ledger::open_removal(message.removal(), *key)
                            : ledger::parse_removal(bytes_of(message.removal().payload())));
  }
  if (message.has_bundle()) {
    KW_TRY(out.bundle, ledger::from_wire(message.bundle()));
    out.bundle->seal = out.seal_object;
    KW_TRY(out.bundle_digest, to_array<32>(bytes_of(message.bundle_digest())));
  }
  if (!agrees(out)) return fail(Errc::malformed, "removal");
  return out;
}

}  // namespace

Result<ArchiveRecord> read_archive_record(const LedgerLayout& layout, std::uint32_t number,
                                          const std::optional<crypto::Sm2PublicKey>& key) {
  const auto path = layout.archive_record(number);
  const auto what = "archive/" + path.filename().string();
  auto octets = read_small_file(path, kMaxArchiveRecord);
  if (!octets && octets.code() == Errc::too_large) return fail(Errc::corrupt, what);
  if (!octets) return std::move(octets).error();
  auto record = parse_archive(*octets, key);
  if (!record && record.code() == Errc::bad_signature) return record.error().within(what);
  if (!record || record->seal.number != number) return fail(Errc::corrupt, what);
  return record;
}

Result<> write_archive_record(const LedgerLayout& layout, FileOps& ops, const ArchiveRecord& record) {
  ledger::v1::SegmentArchive out;
  out.set_version(kArchiveVersion);
  *out.mutable_seal() = record.seal_object;
  if (record.bundle) {
    *out.mutable_bundle() = ledger::to_wire(*record.bundle);
    out.mutable_bundle()->clear_seal();
    out.set_bundle_digest(copy_text(record.bundle_digest));
  }
  out.set_exported_ns(record.exported.unix_ns);
  out.set_confirmed_ns(record.confirmed.unix_ns);
  out.set_removed_ns(record.removed.unix_ns);
  out.set_confirmed_by(record.confirmed_by);
  out.set_place(record.place);
  if (record.removal_object) *out.mutable_removal() = *record.removal_object;
  KW_CHECK(ops.make_directory(layout.archive()));
  KW_CHECK(ops.sync_directory(layout.dir));
  return replace_file(ops, layout.archive_record(record.seal.number), schema::serialise(out));
}

Result<std::vector<ArchiveRecord>> read_archived(const LedgerLayout& layout, std::uint32_t from,
                                                 const std::optional<crypto::Sm2PublicKey>& key) {
  std::vector<ArchiveRecord> out;
  std::uint64_t next = 0;
  for (std::uint32_t number = 0; number < from; ++number) {
    auto record = read_archive_record(layout, number, key);
    if (!record && record.code() == Errc::not_found)
      return fail(Errc::corrupt, layout.segment(number).filename().string() + " is missing");
    if (!record) return std::move(record).error();
    if (record->seal.first != next || !record->is_removed())
      return fail(Errc::corrupt, layout.segment(number).filename().string() + " is missing");
    next = record->seal.end;
    out.push_back(std::move(*record));
  }
  return out;
}

}  // namespace kw::store

#include "vault/rotation.h"

#include <algorithm>

#include "vault/wrap.h"

namespace kw::vault {
namespace {

Result<FormHeader> header_of(Form form, ByteView sealed) {
  if (form == Form::field) return field_header(sealed);
  KW_TRY(const auto record, record_header(sealed));
  return record.header;
}

bool is_stale(const RotationColumn& column, const StoredCell& cell) {
  if (cell.sealed.empty()) return false;
  const auto header = header_of(column.form, cell.sealed);
  if (!header || header->key != column.key) return true;
  if (!column.index || cell.index.empty()) return false;
  const auto version = index_version(cell.index);
  return !version || *version != column.index->key.version;
}

bool is_stale(const RotationJob& job, const StoredRow& row) {
  for (std::size_t i = 0; i < row.cells.size(); ++i)
    if (is_stale(job.columns[i], row.cells[i])) return true;
  return false;
}

bool comes_after(ByteView key, ByteView before) { return std::ranges::lexicographical_compare(before, key); }

Result<const DataKey*> active_version(const KeyRing& ring, const KeyRef& ref) {
  const auto key = ring.opening(ref);
  if (!key) return fail(Errc::wrong_state, "key of a rotation");
  KW_TRY(const auto* active, ring.sealing((*key)->label().purpose));
  if (active != *key) return fail(Errc::wrong_state, "key of a rotation");
  return active;
}

Result<Bytes> reseal_record(const KeyRing& ring, const RotationJob& job, const DataKey& key, CellPlace place,
                            ByteView sealed, Random& random) {
  KW_TRY(const auto header, record_header(sealed));
  const auto with = std::ranges::find(job.dictionaries, header.dictionary, &RecordDictionary::id);
  KW_TRY(const auto record, open_record(ring, place, sealed, with == job.dictionaries.end() ? nullptr : &*with));
  ++place.row.row_version;
  return seal_record(key, place, static_cast<Grade>(header.header.grade), record,
                     job.dictionaries.empty() ? nullptr : &job.dictionaries.front(), random);
}

Result<Bytes> index_of(const KeyRing& ring, const RotationJob& job, const RotationColumn& column,
                       const SecretBytes& plain) {
  KW_TRY(const auto* key, active_version(ring, column.index->key));
  const IndexPlace place{job.tenant, job.table, column.name, column.index->type, column.index->bits};
  auto out = blind_index(*key, place, text_of(plain.reveal()));
  if (!out && out.code() == Errc::invalid) return Bytes();  // a value without a normal form has no index
  return out;
}

Result<ResealedRow::Cell> reseal_cell(const KeyRing& ring, const RotationJob& job, const RotationColumn& column,
                                      const StoredRow& row, const StoredCell& cell, Random& random) {
  ResealedRow::Cell out;
  if (cell.sealed.empty()) return out;
  CellPlace place{{job.tenant, job.table, row.primary_key, row.row_version}, column.name};
  KW_TRY(const auto* key, active_version(ring, column.key));
  if (column.form == Form::record) {
    KW_TRY(out.sealed, reseal_record(ring, job, *key, place, cell.sealed, random));
    return out;
  }
  KW_TRY(const auto plain, open_field(ring, place, cell.sealed));
  KW_TRY(const auto header, field_header(cell.sealed));
  ++place.row.row_version;
  KW_TRY(out.sealed, seal_field(*key, place, static_cast<Grade>(header.grade), plain.reveal(), random));
  if (column.index) {
    KW_TRY(out.index, index_of(ring, job, column, plain));
  }
  return out;
}

}  // namespace

Bytes RotationCursor::octets() const {
  Writer out(64 + after.size());
  write_form_start(out, Form::rotation_cursor);
  out.vec16(after).u32(pass).u64(seen).u64(stale).u8(clean ? 1 : 0);
  return std::move(out).take();
}

Result<RotationCursor> parse_cursor(ByteView octets) {
  Reader in(octets);
  KW_CHECK(read_form_start(in, Form::rotation_cursor));
  RotationCursor out;
  KW_TRY(const auto after, in.vec16(kMostPrimaryKey));
  out.after = copy(after);
  KW_TRY(out.pass, in.u32());
  KW_TRY(out.seen, in.u64());
  KW_TRY(out.stale, in.u64());
  KW_TRY(const auto clean, in.u8());
  if (clean > 1) return fail(Errc::malformed, "cursor of a rotation");
  out.clean = clean == 1;
  KW_CHECK(in.finish());
  return out;
}

Result<RotationPlan> plan_rotation(const RotationJob& job, const RotationCursor& cursor,
                                   std::span<const StoredRow> rows, bool end) {
  if (cursor.done()) return fail(Errc::wrong_state, "the rotation is done");
  RotationPlan out{{}, cursor};
  ByteView before = cursor.after;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (row.cells.size() != job.columns.size()) return fail(Errc::invalid, "cells of a row to rotate");
    if (row.primary_key.empty() || row.primary_key.size() > kMostPrimaryKey || !comes_after(row.primary_key, before))
      return fail(Errc::invalid, "rows to rotate come in the order of their primary keys");
    before = row.primary_key;
    if (is_stale(job, row)) out.rows.push_back(i);
  }
  out.next.after = copy(before);
  out.next.seen += rows.size();
  out.next.stale += out.rows.size();
  if (!end) return out;
  if (out.next.stale == 0) {
    out.next.clean = true;
  } else {
    out.next = RotationCursor{{}, cursor.pass + 1, 0, 0, false};
  }
  return out;
}

Result<ResealedRow> reseal_row(const KeyRing& ring, const RotationJob& job, const StoredRow& row, Random& random) {
  if (row.cells.size() != job.columns.size()) return fail(Errc::invalid, "cells of a row to rotate");
  ResealedRow out{row.row_version + 1, {}};
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    KW_TRY(auto cell, reseal_cell(ring, job, job.columns[i], row, row.cells[i], random));
    out.cells.push_back(std::move(cell));
  }
  return out;
}

Result<std::vector<std::size_t>> plan_rewrap(std::span<const WrappedRow> rows, const KeyRef& under) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    KW_TRY(const auto now, wrapped_under(rows[i].wrapped));
    if (now != under) out.push_back(i);
  }
  return out;
}

}  // namespace kw::vault

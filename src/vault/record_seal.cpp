#include "vault/padding.h"
#include "vault/record.h"

namespace kw::vault {
namespace {

enum Codec : std::uint8_t { kAsItIs = 0, kZstd = 1, kZstdDictionary = 2 };
constexpr std::size_t kMostSealedRecord = kHeader + kSalt + 9 + kMostRecord + kPadStep + 16;

struct SealedRecord {
  SealedForm form;
  RecordHeader header;
  ByteView associated, ciphertext;
};

Result<SealedRecord> read_record(ByteView sealed) {
  if (sealed.size() > kMostSealedRecord) return fail(Errc::too_large, "record");
  SealedRecord out;
  KW_TRY(out.form, read_sealed(sealed, Form::record));
  out.header.header = out.form.header;
  Reader in(out.form.rest);
  KW_TRY(out.header.codec, in.u8());
  if (out.header.codec > kZstdDictionary) return fail(Errc::unsupported, "codec of a record");
  KW_TRY(out.header.dictionary, in.u64());
  if ((out.header.codec == kZstdDictionary) != (out.header.dictionary != 0))
    return fail(Errc::malformed, "dictionary of a record");
  out.associated = sealed.first(out.form.associated.size() + in.position());
  out.ciphertext = in.rest();
  if (out.ciphertext.size() < kPadStep + 16) return fail(Errc::truncated, "record");
  if ((out.ciphertext.size() - 16) % kPadStep != 0) return fail(Errc::malformed, "record");
  return out;
}

Bytes bound_to(ByteView start, const CellPlace& place) {
  Writer out(start.size() + 128);
  out.raw(start);
  place.write(out);
  return std::move(out).take();
}

bool is_key_of(const DataKey& key, const CellPlace& place) {
  return key.serves(KeyUse::record, place.row.table) ||
         key.serves(KeyUse::record, record_scope(place.row.table, place.row.primary_key)) ||
         key.serves(KeyUse::session, session_scope(place.row.primary_key));
}

struct Packed {
  Codec codec = kAsItIs;
  SecretBytes octets;
};

Result<Packed> packed(const Record& record, const RecordDictionary* dictionary) {
  auto plain = record.serialised();
  if (plain.size() > kMostRecord) return fail(Errc::too_large, "record");
  if (record.values().size() < 2) return Packed{kAsItIs, std::move(plain)};
  KW_TRY(auto smaller, dictionary == nullptr ? compress_plain(plain.reveal()) : dictionary->compress(plain.reveal()));
  if (smaller.size() >= plain.size()) return Packed{kAsItIs, std::move(plain)};
  return Packed{dictionary == nullptr ? kZstd : kZstdDictionary, std::move(smaller)};
}

Result<SecretBytes> unpacked(const RecordHeader& header, SecretBytes octets, const RecordDictionary* dictionary) {
  if (header.codec == kAsItIs) return octets;
  if (header.codec == kZstd) return decompress_plain(octets.reveal(), kMostRecord);
  if (dictionary == nullptr || dictionary->id() != header.dictionary) return fail(Errc::decrypt_failed);
  return dictionary->decompress(octets.reveal(), kMostRecord);
}

Result<Record> opened_record(const KeyRing& ring, const CellPlace& place, ByteView sealed,
                             const RecordDictionary* dictionary) {
  KW_TRY(const auto read, read_record(sealed));
  KW_TRY(const auto* key, ring.opening(read.header.header.key));
  if (!place.fits() || !is_key_of(*key, place)) return fail(Errc::decrypt_failed);
  const auto of_message = message_key(key->hmac(), Form::record, read.form.salt);
  KW_TRY(const auto padded_octets, open_message(of_message, bound_to(read.associated, place), read.ciphertext));
  KW_TRY(auto octets, unpadded(padded_octets));
  KW_TRY(const auto payload, unpacked(read.header, std::move(octets), dictionary));
  return Record::parse(payload.reveal());
}

}  // namespace

Result<RecordHeader> record_header(ByteView sealed) {
  KW_TRY(const auto read, read_record(sealed));
  return read.header;
}

Result<Bytes> seal_record(const DataKey& key, const CellPlace& place, Grade grade, const Record& record,
                          const RecordDictionary* dictionary, Random& random) {
  if (!place.fits()) return fail(Errc::invalid, "place of a record");
  if (!is_key_of(key, place)) return fail(Errc::wrong_usage, "key of another table's records");
  KW_TRY(const auto small, packed(record, dictionary));
  Salt salt;
  random.fill(salt);
  Writer out(128 + small.octets.size());
  FormHeader{Form::record, static_cast<std::uint8_t>(grade), key.label().ref}.write(out);
  out.raw(salt).u8(small.codec).u64(small.codec == kZstdDictionary ? dictionary->id() : 0);
  const auto of_message = message_key(key.hmac(), Form::record, salt);
  KW_TRY(const auto sealed,
         seal_message(of_message, bound_to(out.view(), place), padded(small.octets.reveal()).reveal()));
  out.raw(sealed);
  return std::move(out).take();
}

Result<Record> open_record(const KeyRing& ring, const CellPlace& place, ByteView sealed,
                           const RecordDictionary* dictionary) {
  auto out = opened_record(ring, place, sealed, dictionary);
  if (!out) return fail(Errc::decrypt_failed);
  return out;
}

}  // namespace kw::vault

// links: vault
// Prints what one core does of the vault in a second of processor time, and the same of other libraries' SM4-GCM in the
// same run. `--smoke` runs each once to show that it works.
#include <botan/aead.h>
#include <gcrypt.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>

#include "crypto/ghash.h"
#include "crypto/random.h"
#include "crypto/sm4_once.h"
#include "vault/file_statement.h"
#include "vault/rotation.h"
#include "vault/row_mac.h"
#include "vault/row_set.h"
#include "vault/sample_records.h"
#include "vault/test_keys.h"

namespace {

using namespace kw;
using namespace kw::vault;

bool smoke = false;
bool failed = false;

/// Repeats `work`, which does `each` things and returns whether it succeeded, for half a second.
double measure(const char* name, std::size_t each, std::size_t octets, const std::function<bool()>& work) {
  const std::clock_t start = std::clock();
  std::size_t times = 0;
  double seconds = 0;
  do {
    if (!work()) failed = true;
    ++times;
    if (times % 16 == 0 || octets > 1'000'000 || smoke)
      seconds = static_cast<double>(std::clock() - start + 1) / CLOCKS_PER_SEC;
  } while (!smoke && seconds < 0.5);
  const double rate = static_cast<double>(times * each) / seconds;
  std::printf("%-52s %12.0f /s %9.2f us", name, rate, 1e6 / rate);
  if (octets > 0) std::printf(" %9.1f MB/s", static_cast<double>(times * octets) / seconds / 1e6);
  std::printf("\n");
  return rate;
}

bool gcrypt_gcm(ByteView key, ByteView nonce, ByteView aad, Bytes& text, MutableByteView tag, bool encrypt) {
  gcry_cipher_hd_t handle = nullptr;
  bool good = gcry_cipher_open(&handle, GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_GCM, 0) == 0 &&
              gcry_cipher_setkey(handle, key.data(), key.size()) == 0 &&
              gcry_cipher_setiv(handle, nonce.data(), nonce.size()) == 0 &&
              gcry_cipher_authenticate(handle, aad.data(), aad.size()) == 0;
  if (good && encrypt) {
    good = gcry_cipher_encrypt(handle, text.data(), text.size(), nullptr, 0) == 0 &&
           gcry_cipher_gettag(handle, tag.data(), tag.size()) == 0;
  } else if (good) {
    good = gcry_cipher_decrypt(handle, text.data(), text.size(), nullptr, 0) == 0 &&
           gcry_cipher_checktag(handle, tag.data(), tag.size()) == 0;
  }
  gcry_cipher_close(handle);
  return good;
}

bool botan_gcm(Botan::AEAD_Mode& mode, ByteView key, ByteView nonce, ByteView aad, ByteView text) {
  mode.set_key(key.data(), key.size());
  mode.set_associated_data(aad.data(), aad.size());
  mode.start(nonce.data(), nonce.size());
  Botan::secure_vector<Byte> buffer(text.begin(), text.end());
  mode.finish(buffer);
  return buffer.size() == text.size() + 16;
}

void fields(Random& random) {
  std::printf("fields of 64 octets (96 with their padding), one message key each\n");
  const auto key = key_of(KeyUse::column, "permits/phone", {key_id(1), 1});
  const CellPlace place{{"shenzhen", "permits", bytes_of("0190f3c0a1b27c3d"), 7}, "phone"};
  const auto plain = random.bytes(64);
  const auto sealed = *seal_field(key, place, Grade::three, plain, random);
  measure("field seal", 1, 64, [&] { return seal_field(key, place, Grade::three, plain, random).has_value(); });
  measure("field open", 1, 64, [&] { return open_field(key, place, sealed).has_value(); });

  const auto form = *read_sealed(sealed, Form::field);
  Salt salt{};
  measure("  of it: salt from the system's DRBG", 1, 0, [&] { return random.fill(salt), true; });
  measure("  of it: message key (HMAC-SM3, blocks hashed before)", 1, 0,
          [&] { return !message_key(key.hmac(), Form::field, form.salt).key().empty(); });
  const auto message = message_key(key.hmac(), Form::field, form.salt);
  const auto bound = random.bytes(form.associated.size() + 45);
  const auto padded_plain = random.bytes(96);
  measure("  of it: SM4-GCM in one run", 1, 96,
          [&] { return crypto::sm4_gcm_seal_once(message.key(), message.nonce(), bound, padded_plain).has_value(); });
  const Bytes one_block(16), eight_blocks(128);
  measure("    of that: OpenSSL's SM4, key schedule, one block", 1, 16,
          [&] { return crypto::sm4_ecb_encrypt(message.key(), one_block).has_value(); });
  measure("    the same with the seven other blocks", 1, 128,
          [&] { return crypto::sm4_ecb_encrypt(message.key(), eight_blocks).has_value(); });
  crypto::GhashBlock h{};
  const crypto::Ghash ghash(h);
  measure("    of that: GHASH", 1, 96, [&] { return ghash.digest(bound, padded_plain).size() == 16; });

  // what the others do with the same message key, so without the HMAC and the header
  Bytes text = padded_plain, tag(16);
  measure("SM4-GCM seal, new key each: ours, in one run", 1, 96,
          [&] { return crypto::sm4_gcm_seal_once(message.key(), message.nonce(), bound, padded_plain).has_value(); });
  measure("SM4-GCM seal, new key each: ours, Sm4Gcm", 1, 96,
          [&] { return crypto::Sm4Gcm::make(message.key())->seal(message.nonce(), bound, padded_plain).has_value(); });
  measure("SM4-GCM seal, new key each: libgcrypt", 1, 96,
          [&] { return gcrypt_gcm(message.key(), message.nonce(), bound, text, tag, true); });
  const auto mode = Botan::AEAD_Mode::create_or_throw("SM4/GCM", Botan::ENCRYPTION);
  measure("SM4-GCM seal, new key each: Botan", 1, 96,
          [&] { return botan_gcm(*mode, message.key(), message.nonce(), bound, padded_plain); });
  text = padded_plain;
  failed |= !gcrypt_gcm(message.key(), message.nonce(), bound, text, tag, true);
  append(text, tag);
  if (text != *crypto::sm4_gcm_seal_once(message.key(), message.nonce(), bound, padded_plain))
    failed = true;  // all of them did the same work
  measure("SM4-GCM open, new key each: ours, in one run", 1, 96,
          [&] { return crypto::sm4_gcm_open_once(message.key(), message.nonce(), bound, text).has_value(); });
  Bytes ciphertext(text.begin(), text.end() - 16);
  measure("SM4-GCM open, new key each: libgcrypt", 1, 96, [&] {
    Bytes work = ciphertext;
    return gcrypt_gcm(message.key(), message.nonce(), bound, work, tag, false);
  });

  const auto index_key = key_of(KeyUse::blind_index, "permits/phone", {key_id(2), 1});
  const IndexPlace index{"shenzhen", "permits", "phone", FieldType::phone, 64};
  measure("blind index", 1, 0, [&] { return blind_index(index_key, index, "13800138000").has_value(); });
}

void rows(Random& random) {
  std::printf("rows of ten columns\n");
  const auto key = key_of(KeyUse::row_mac, "permits", {key_id(1), 1});
  const auto value = random.bytes(100);
  std::vector<Column> columns;
  std::vector<std::string> names;
  for (char c = 'a'; c < 'k'; ++c) names.emplace_back(1, c);
  for (const auto& name : names) columns.push_back({name, ByteView(value)});
  const RowPlace place{"shenzhen", "permits", bytes_of("0190f3c0a1b27c3d"), 7};
  measure("row seal", 1, 1000, [&] { return seal_row(key, place, columns).has_value(); });
  const auto seal = *seal_row(key, place, columns);
  auto set = *RowSet::make("shenzhen", "permits", 8);
  std::uint64_t version = 0;
  measure("row set: one leaf in", 1, 0, [&] { return set.insert({place.primary_key, ++version, seal}), true; });
  measure("row set: root of 256 parts", 1, 0, [&] { return set.root()[0] == set.root()[0]; });
}

void files(Random& random) {
  std::printf("files, 16 MiB in memory\n");
  const Bytes plain = random.bytes(256 * kChunk);  // touched once
  const auto gcm = *crypto::Sm4Gcm::make(random.bytes(16));
  const auto nonce = random.bytes(12);
  const auto kernel = measure("the kernel alone: Sm4Gcm, 64 KiB at a time", 256, plain.size(), [&] {
    bool good = true;
    for (std::size_t i = 0; i < 256; ++i)
      good &= gcm.seal(nonce, {}, ByteView(plain).subspan(i * kChunk, kChunk)).has_value();
    return good;
  });
  const auto other_key = random.bytes(16);
  measure("the others' kernels: libgcrypt", 256, plain.size(), [&] {
    Bytes chunk(kChunk), tag(16);
    bool good = true;
    for (std::size_t i = 0; i < 256; ++i) {
      std::copy_n(plain.begin() + static_cast<std::ptrdiff_t>(i * kChunk), kChunk, chunk.begin());
      good &= gcrypt_gcm(other_key, nonce, {}, chunk, tag, true);
    }
    return good;
  });
  const auto mode = Botan::AEAD_Mode::create_or_throw("SM4/GCM", Botan::ENCRYPTION);
  measure("the others' kernels: Botan", 256, plain.size(), [&] {
    bool good = true;
    for (std::size_t i = 0; i < 256; ++i)
      good &= botan_gcm(*mode, other_key, nonce, {}, ByteView(plain).subspan(i * kChunk, kChunk));
    return good;
  });
  const auto key = key_of(KeyUse::file, "camera", {key_id(1), 1});
  const FilePlace place{"shenzhen", "camera", "0190f3c0"};
  Bytes sealed;
  FileStatement statement;
  const auto whole = measure("file seal, 1 MiB at a time, with its tree", 256, plain.size(), [&] {
    auto sealer = *FileSealer::make(key, place, Grade::three, random);
    sealed = copy(sealer.header());
    for (std::size_t at = 0; at < plain.size(); at += 16 * kChunk) {
      const auto out = sealer.seal(ByteView(plain).subspan(at, 16 * kChunk), at + 16 * kChunk == plain.size());
      if (!out) return false;
      append(sealed, *out);
    }
    statement = *statement_of(sealer, place);
    return true;
  });
  std::printf("%-52s %12.2f of the kernel's speed\n", "", whole / kernel);
  KeyRing ring;
  failed |= !ring.add(key_of(KeyUse::file, "camera", {key_id(1), 1}), KeyState::active);
  const auto opener = *FileOpener::make(ring, place, ByteView(sealed).first(kFileHeader), sealed.size());
  const auto& layout = opener.layout();
  const auto chunk = [&](std::uint64_t i) { return ByteView(sealed).subspan(layout.offset(i), layout.size(i)); };
  measure("file open, whole", 256, plain.size(), [&] {
    bool good = true;
    for (std::uint64_t i = 0; i < layout.chunks; ++i) good &= opener.open(i, chunk(i)).has_value();
    return good;
  });
  measure("file open, one chunk", 1, kChunk, [&] { return opener.open(100, chunk(100)).has_value(); });
  measure("file verify without a key", 256, plain.size(), [&] {
    auto verifier = *FileVerifier::make(statement);
    return verifier.add(sealed).has_value() && verifier.finish().has_value();
  });
}

void records(Random& random) {
  std::printf("records of ten values\n");
  std::vector<SecretBytes> samples;
  std::vector<ByteView> views;
  for (unsigned i = 0; i < 1000; ++i) samples.push_back(sample_record(i).serialised());
  for (const auto& sample : samples) views.push_back(sample.reveal());
  const auto dictionary = *RecordDictionary::load(*train_dictionary(views, 16384));
  const auto key = key_of(KeyUse::record, "cases", {key_id(1), 1});
  const CellPlace place{{"shenzhen", "cases", bytes_of("0190f3c0a1b27c3d"), 7}, "body"};
  std::size_t plain = 0, alone = 0, with = 0, sealed_alone = 0, sealed_with = 0;
  for (unsigned i = 100'000; i < 100'200; ++i) {  // none of those that the dictionary has seen
    const auto record = sample_record(i);
    const auto payload = record.serialised();
    plain += payload.size();
    alone += compress_plain(payload.reveal())->size();
    with += dictionary.compress(payload.reveal())->size();
    sealed_alone += seal_record(key, place, Grade::three, record, nullptr, random)->size();
    sealed_with += seal_record(key, place, Grade::three, record, &dictionary, random)->size();
  }
  std::printf(
      "payload %zu octets on average; zstd %zu (ratio %.2f), with dictionary %zu (ratio %.2f); sealed %zu and %zu\n",
      plain / 200, alone / 200, static_cast<double>(plain) / static_cast<double>(alone), with / 200,
      static_cast<double>(plain) / static_cast<double>(with), sealed_alone / 200, sealed_with / 200);
  const auto record = sample_record(5);
  KeyRing ring;
  failed |= !ring.add(key_of(KeyUse::record, "cases", {key_id(1), 1}), KeyState::active);
  for (const auto* one : {static_cast<const RecordDictionary*>(nullptr), &dictionary}) {
    const std::string how = one == nullptr ? "" : ", dictionary";
    const auto sealed = *seal_record(key, place, Grade::three, record, one, random);
    measure(("record seal" + how).c_str(), 1, 0,
            [&] { return seal_record(key, place, Grade::three, record, one, random).has_value(); });
    measure(("record open" + how).c_str(), 1, 0, [&] { return open_record(ring, place, sealed, one).has_value(); });
  }
}

void rotation(Random& random) {
  std::printf("rotation, rows of two sealed columns, one of them searched\n");
  KeyRing ring;
  RotationJob job{"shenzhen", "persons", {}, {}};
  const auto add = [&](KeyUse use, const char* scope, Byte id) {
    failed |= !ring.add(key_of(use, scope, {key_id(id), 1}, id), KeyState::active);
    failed |= !ring.add(key_of(use, scope, {key_id(id), 2}, 100), KeyState::pre_active);
  };
  add(KeyUse::column, "persons/name", 1);
  add(KeyUse::blind_index, "persons/name", 2);
  add(KeyUse::column, "persons/note", 3);
  job.columns = {{"name", {key_id(1), 2}, Form::field, RotationColumn::Index{{key_id(2), 2}, FieldType::name, 64}},
                 {"note", {key_id(3), 2}, Form::field, {}}};
  struct Kept {
    std::string key;
    Bytes name, index, note;
  };
  std::vector<Kept> table;
  for (int i = 0; i < 1000; ++i) {
    Kept row{std::to_string(100'000 + i), {}, {}, {}};
    const RowPlace place{"shenzhen", "persons", bytes_of(row.key), 1};
    row.name = *seal_field(**ring.sealing(purpose_of(KeyUse::column, "persons/name")), {place, "name"}, Grade::three,
                           bytes_of("张三"), random);
    row.index = *blind_index(**ring.sealing(purpose_of(KeyUse::blind_index, "persons/name")),
                             {"shenzhen", "persons", "name", FieldType::name, 64}, "张三");
    row.note = *seal_field(**ring.sealing(purpose_of(KeyUse::column, "persons/note")), {place, "note"}, Grade::three,
                           Bytes(60, 'x'), random);
    table.push_back(std::move(row));
  }
  std::vector<StoredRow> rows;
  for (const auto& row : table) rows.push_back({bytes_of(row.key), 1, {{row.name, row.index}, {row.note, {}}}});
  for (const Byte id : {Byte{1}, Byte{2}, Byte{3}}) failed |= !ring.replace({key_id(id), 2});
  measure("plan", rows.size(), 0, [&] { return plan_rotation(job, {}, rows, true)->rows.size() == rows.size(); });
  measure("plan and reseal", rows.size(), 0, [&] {
    const auto plan = plan_rotation(job, {}, rows, true);
    bool good = plan.has_value();
    for (const auto i : plan->rows) good &= reseal_row(ring, job, rows[i], random).has_value();
    return good;
  });
}

}  // namespace

int main(int argc, char** argv) {
  smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  gcry_check_version(nullptr);
  crypto::SystemRandom random;
  fields(random);
  rows(random);
  files(random);
  records(random);
  rotation(random);
  return failed ? 1 : 0;
}

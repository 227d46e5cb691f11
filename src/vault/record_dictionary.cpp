// The contexts of zstd hold what they compress, so they take their memory from an allocator that wipes. That allocator
// is in the part of zstd's interface that may change with a version (ZSTD_STATIC_LINKING_ONLY): a build shows it.
#define ZSTD_STATIC_LINKING_ONLY
#include "vault/record_dictionary.h"

#include <zdict.h>
#include <zstd.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "crypto/sm3.h"

namespace kw::vault {
namespace {

constexpr int kZstdLevel = 3;
constexpr std::size_t kSizeBefore = alignof(std::max_align_t);  // room for the size in front of what is given out

void* take_wiped(void* /*opaque*/, std::size_t size) {
  auto* at = static_cast<Byte*>(std::malloc(size + kSizeBefore));
  if (at == nullptr) return nullptr;
  std::memcpy(at, &size, sizeof size);
  return at + kSizeBefore;
}

void give_wiped(void* /*opaque*/, void* memory) {
  if (memory == nullptr) return;
  auto* at = static_cast<Byte*>(memory) - kSizeBefore;
  std::size_t size = 0;
  std::memcpy(&size, at, sizeof size);
  wipe({at, size + kSizeBefore});
  std::free(at);
}

constexpr ZSTD_customMem kWiped{take_wiped, give_wiped, nullptr};

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* tables) const noexcept { ZSTD_freeCDict(tables); }
  void operator()(ZSTD_DDict* tables) const noexcept { ZSTD_freeDDict(tables); }
};
template <class T>
using Zstd = std::unique_ptr<T, FreeZstd>;

Result<SecretBytes> pack(ByteView plain, const ZSTD_CDict* tables) {
  const Zstd<ZSTD_CCtx> context(ZSTD_createCCtx_advanced(kWiped));
  if (!context) return fail(Errc::internal, "zstd: no memory");
  auto* c = context.get();
  // the record's own header says which dictionary it was; authentication is SM4-GCM's
  ZSTD_CCtx_setParameter(c, ZSTD_c_dictIDFlag, 0);
  ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 0);
  if (tables != nullptr) {
    ZSTD_CCtx_refCDict(c, tables);
  } else {
    ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, kZstdLevel);
  }
  SecretBytes room(ZSTD_compressBound(plain.size()));
  const auto size = ZSTD_compress2(c, room.reveal_mutable().data(), room.size(), plain.data(), plain.size());
  if (ZSTD_isError(size)) return fail(Errc::internal, "zstd: compress");
  return SecretBytes::copy_of(room.reveal().first(size));
}

Result<SecretBytes> unpack(ByteView packed, std::size_t most, const ZSTD_DDict* tables) {
  const auto promised = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (promised == ZSTD_CONTENTSIZE_ERROR || promised == ZSTD_CONTENTSIZE_UNKNOWN)
    return fail(Errc::malformed, "zstd frame");
  if (promised > most) return fail(Errc::too_large, "zstd frame");
  const Zstd<ZSTD_DCtx> context(ZSTD_createDCtx_advanced(kWiped));
  if (!context) return fail(Errc::internal, "zstd: no memory");
  SecretBytes out(static_cast<std::size_t>(promised));
  const auto size = ZSTD_decompress_usingDDict(context.get(), out.reveal_mutable().data(), out.size(), packed.data(),
                                               packed.size(), tables);
  if (ZSTD_isError(size) || size != out.size()) return fail(Errc::malformed, "zstd frame");
  return out;
}

}  // namespace

struct RecordDictionary::Tables {
  Zstd<ZSTD_CDict> compress;
  Zstd<ZSTD_DDict> decompress;
};

Result<RecordDictionary> RecordDictionary::load(ByteView octets) {
  if (octets.size() > kMostDictionary) return fail(Errc::too_large, "dictionary");
  if (octets.size() < 8) return fail(Errc::malformed, "dictionary");
  auto tables = std::make_shared<Tables>();
  tables->compress.reset(ZSTD_createCDict(octets.data(), octets.size(), kZstdLevel));
  tables->decompress.reset(ZSTD_createDDict(octets.data(), octets.size()));
  if (!tables->compress || !tables->decompress) return fail(Errc::malformed, "dictionary");
  std::uint64_t id = 0;
  const auto digest = crypto::sm3(octets);
  for (std::size_t i = 0; i < 8; ++i) id = id << 8 | digest[i];
  return RecordDictionary(id, std::move(tables));
}

Result<SecretBytes> RecordDictionary::compress(ByteView plain) const { return pack(plain, tables_->compress.get()); }
Result<SecretBytes> RecordDictionary::decompress(ByteView packed, std::size_t most) const {
  return unpack(packed, most, tables_->decompress.get());
}

Result<SecretBytes> compress_plain(ByteView plain) { return pack(plain, nullptr); }
Result<SecretBytes> decompress_plain(ByteView packed, std::size_t most) { return unpack(packed, most, nullptr); }

Result<Bytes> train_dictionary(std::span<const ByteView> samples, std::size_t most) {
  if (most > kMostDictionary || samples.size() > 1'000'000) return fail(Errc::too_large, "dictionary");
  Bytes all;
  std::vector<std::size_t> sizes;
  for (const auto sample : samples) {
    append(all, sample);
    sizes.push_back(sample.size());
  }
  Bytes out(most);
  const auto size =
      ZDICT_trainFromBuffer(out.data(), out.size(), all.data(), sizes.data(), static_cast<unsigned>(sizes.size()));
  wipe(all);
  if (ZDICT_isError(size)) return fail(Errc::invalid, "samples of a dictionary");
  out.resize(size);
  return out;
}

}  // namespace kw::vault

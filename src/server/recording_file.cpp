#include "server/recording_file.h"

#include <algorithm>

namespace kw::server {
namespace {

tl::unexpected<Error> spoilt() { return fail(Errc::decrypt_failed, "recording"); }

}  // namespace

RecordingPlace::RecordingPlace(std::string tenant, const store::Media& row)
    : tenant_(std::move(tenant)), collection_("camera/" + row.kind), file_(row.device.text() + "/" + row.id.text()) {
  if (const auto id = vault::KeyId::from_bytes(row.id.bytes())) key_ = *id;  // as many octets
}

Result<vault::DataKey> RecordingPlace::key(const SecretBytes& octets) const {
  return vault::DataKey::make(
      {{key_, 1}, {vault::KeyUse::file, vault::DataClass::video, {}, vault::file_scope(collection_, file_)}}, octets);
}

Result<std::unique_ptr<RecordingReader>> RecordingReader::open(const std::filesystem::path& path,
                                                               const RecordingPlace& place, vault::DataKey key,
                                                               std::uint64_t sealed) {
  auto file = store::open_for_reading(path);
  if (!file) return spoilt();
  const auto octets = store::file_size(*file);
  if (!octets || *octets != sealed) return spoilt();
  Bytes head(vault::kFileHeader);
  const auto got = store::read_at(*file, head, 0);
  if (!got || *got != head.size()) return spoilt();
  vault::KeyRing ring;
  KW_CHECK(ring.add(std::move(key), vault::KeyState::active));
  auto opener = vault::FileOpener::make(ring, place.place(), head, sealed);
  if (!opener) return spoilt();
  std::unique_ptr<RecordingReader> out(new RecordingReader(std::move(*file), std::move(*opener)));
  KW_CHECK(out->range(0, out->plain()));
  return out;
}

Result<SecretBytes> RecordingReader::chunk(std::uint64_t index) const {
  Bytes sealed(opener_.layout().size(index));
  const auto got = store::read_at(file_, sealed, opener_.layout().offset(index));
  if (!got || *got != sealed.size()) return spoilt();
  auto out = opener_.open(index, sealed);
  if (!out) return spoilt();
  return out;
}

Result<> RecordingReader::range(std::uint64_t offset, std::uint64_t length) {
  if (offset > plain() || length > plain() - offset) return fail(Errc::invalid, "range of a recording");
  at_ = offset;
  left_ = length;
  ready_.reset();
  if (length == 0) return {};
  KW_TRY(ready_, chunk(offset / vault::kChunk));
  return {};
}

Result<std::optional<Bytes>> RecordingReader::next() {
  if (left_ == 0) return std::optional<Bytes>();
  if (!ready_) {
    auto opened = chunk(at_ / vault::kChunk);
    if (!opened && on_damage) on_damage();
    if (!opened) return opened.error();
    ready_ = std::move(*opened);
  }
  const auto from = static_cast<std::size_t>(at_ % vault::kChunk);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(ready_->size() - from, left_));
  auto out = copy(ready_->reveal().subspan(from, count));
  ready_.reset();
  at_ += count;
  left_ -= count;
  return std::optional(std::move(out));
}

}  // namespace kw::server

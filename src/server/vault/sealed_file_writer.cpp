#include "server/vault/sealed_file_writer.h"

namespace kw::server {

Result<> SealedFileWriter::add(ByteView plain, bool last) {
  if (!std::exchange(begun_, true)) KW_CHECK(ops_.write_at(file_, sealer_.header(), 0));
  Bytes all;
  all.reserve(waiting_.size() + plain.size());
  append(all, waiting_);
  append(all, plain);
  wipe(waiting_);
  waiting_ = std::move(all);
  plain_ += plain.size();
  // An octet stays back, since the last chunk of a file that has any is not empty.
  const auto size = waiting_.size();
  const auto ready = last ? size : size == 0 ? 0 : (size - 1) / vault::kChunk * vault::kChunk;
  if (ready == 0 && !last) return {};
  const auto at = sealer_.octets();
  KW_TRY(const auto sealed, sealer_.seal(ByteView(waiting_).first(ready), last));
  KW_CHECK(ops_.write_at(file_, sealed, at));
  Bytes rest = copy(ByteView(waiting_).subspan(ready));
  wipe(waiting_);
  waiting_ = std::move(rest);
  return {};
}

}  // namespace kw::server

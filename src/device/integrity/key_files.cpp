#include "device/integrity/key_files.h"

#include <algorithm>

#include "schema/codec.h"

namespace kw::device {
namespace {

constexpr std::uint32_t kRegular = 0100000;  // S_IFREG, stat(2)

}  // namespace

Result<KeyFiles> KeyFiles::parse(ByteView stored) {
  KW_TRY(const auto message, schema::parse<v1::KeptKeyFiles>(stored, kMostOctets));
  if (message.version() != 1)
    return fail(Errc::unsupported, "key files of version " + std::to_string(message.version()));
  KeyFiles out;
  for (const auto& file : message.files()) {
    Kept kept{{file.version(), copy(bytes_of(file.content())), file.mode(), file.uid(), file.gid()}, {}};
    if (file.older_size() > kMostOlder) return fail(Errc::malformed, "too many older contents");
    for (const auto& older : file.older()) {
      KW_TRY(const auto digest, to_array<32>(bytes_of(older)));
      kept.older.push_back(digest);
    }
    if (!out.kept_.emplace(file.path(), std::move(kept)).second) return fail(Errc::malformed, "a file stands twice");
  }
  return out;
}

Bytes KeyFiles::serialise() const {
  v1::KeptKeyFiles out;
  out.set_version(1);
  for (const auto& [path, kept] : kept_) {
    auto& file = *out.add_files();
    file.set_path(path);
    file.set_version(kept.now.version);
    file.set_content(kept.now.content.data(), kept.now.content.size());
    file.set_mode(kept.now.mode);
    file.set_uid(kept.now.uid);
    file.set_gid(kept.now.gid);
    for (const auto& digest : kept.older) file.add_older(digest.data(), digest.size());
  }
  return schema::serialise(out);
}

Result<> KeyFiles::offer(const std::string& path, KeyFileContent offered) {
  in_force_.insert(path);
  const auto at = kept_.find(path);
  if (at == kept_.end()) {
    kept_.emplace(path, Kept{std::move(offered), {}});
    return {};
  }
  auto& kept = at->second;
  const auto versions = std::to_string(offered.version) + " after " + std::to_string(kept.now.version);
  if (offered.version < kept.now.version) return fail(Errc::wrong_state, "older version " + versions);
  const bool same = offered.content == kept.now.content;
  if (offered.version == kept.now.version && !same)
    return fail(Errc::conflict, "other content in the same version " + versions);
  if (!same) {
    kept.older.push_back(crypto::sm3(kept.now.content));
    if (kept.older.size() > kMostOlder) kept.older.erase(kept.older.begin());
    std::erase(kept.older, crypto::sm3(offered.content));  // an earlier content that is signed anew is right again
  }
  kept.now = std::move(offered);
  return {};
}

const KeyFileContent* KeyFiles::find(std::string_view path) const {
  const auto at = kept_.find(path);
  return at == kept_.end() || !in_force_.contains(path) ? nullptr : &at->second.now;
}

std::optional<FileState> KeyFiles::wanted(std::string_view path) const {
  const auto* file = find(path);
  if (file == nullptr) return std::nullopt;
  return FileState{crypto::sm3(file->content), kRegular | file->mode, file->uid, file->gid};
}

bool KeyFiles::was_signed(std::string_view path, const crypto::Digest& digest) const {
  const auto at = kept_.find(path);
  return at != kept_.end() && std::ranges::find(at->second.older, digest) != at->second.older.end();
}

}  // namespace kw::device

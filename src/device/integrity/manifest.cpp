#include "device/integrity/manifest.h"

#include "schema/codec.h"

namespace kw::device {
namespace {

Result<> take_folder(const v1::BaselineFolder& folder, Manifest& out) {
  const auto& path = folder.path();
  if (!path.empty() && (path.front() != '/' || path.back() == '/')) return fail(Errc::malformed, "a folder's path");
  std::string_view last;
  for (const auto& file : folder.files()) {
    if (file.name().empty() || file.name().find('/') != std::string::npos || file.name() <= last)
      return fail(Errc::malformed, "files are not in the order of their names: " + path);
    last = file.name();
    FileState state;
    KW_TRY(state.digest, to_array<32>(bytes_of(file.digest())));
    state.mode = file.mode();
    state.uid = file.uid();
    state.gid = file.gid();
    if (!out.files.emplace(path + "/" + file.name(), state).second) return fail(Errc::malformed, "a file stands twice");
  }
  return {};
}

}  // namespace

Result<Manifest> Manifest::parse(ByteView content) {
  KW_TRY(const auto message, schema::parse<v1::IntegrityBaseline>(content, kMostOctets));
  if (message.version() != 1)
    return fail(Errc::unsupported, "integrity baseline of version " + std::to_string(message.version()));
  Manifest out;
  const std::string* last = nullptr;
  for (const auto& folder : message.folders()) {
    if (last != nullptr && folder.path() <= *last) return fail(Errc::malformed, "folders are not in order");
    last = &folder.path();
    KW_CHECK(take_folder(folder, out));
  }
  for (const auto& copy_of : message.copies()) {
    if (copy_of.content().size() > kMostCopy) return fail(Errc::malformed, "a copy is too large");
    if (!out.copies.emplace(copy_of.path(), copy(bytes_of(copy_of.content()))).second)
      return fail(Errc::malformed, "a copy stands twice");
  }
  return out;
}

Result<Bytes> Manifest::serialise() const {
  std::map<std::string_view, std::map<std::string_view, const FileState*>> folders;
  for (const auto& [path, state] : files) {
    const auto slash = path.rfind('/');
    folders[std::string_view(path).substr(0, slash)][std::string_view(path).substr(slash + 1)] = &state;
  }
  v1::IntegrityBaseline out;
  out.set_version(1);
  for (const auto& [path, names] : folders) {
    auto& folder = *out.add_folders();
    folder.set_path(std::string(path));
    for (const auto& [name, state] : names) {
      auto& file = *folder.add_files();
      file.set_name(std::string(name));
      file.set_digest(state->digest.data(), state->digest.size());
      file.set_mode(state->mode);
      file.set_uid(state->uid);
      file.set_gid(state->gid);
    }
  }
  for (const auto& [path, content] : copies) {
    auto& one = *out.add_copies();
    one.set_path(path);
    one.set_content(content.data(), content.size());
  }
  if (out.ByteSizeLong() > kMostOctets)
    return fail(Errc::too_large, std::to_string(files.size()) + " files do not fit a baseline of 900 KiB");
  return schema::serialise(out);
}

}  // namespace kw::device

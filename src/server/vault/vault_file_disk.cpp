#include "server/vault/vault_file_disk.h"

#include <fcntl.h>

#include <cerrno>

#include "server/secret_file.h"

namespace kw::server {
namespace {

constexpr std::string_view kPart = ".part", kWhole = ".sealed";
constexpr mode_t kOwnerAlone = 0600;

}  // namespace

std::filesystem::path VaultFileDisk::path(const store::VaultFileId& id, std::string_view end) const {
  return directory_ / (id.text() + std::string(end));
}

Result<> VaultFileDisk::open() { return make_private_directory(directory_); }

Result<store::FileHandle> VaultFileDisk::begin(const store::VaultFileId& id) {
  const auto name = path(id, kPart);
  store::FileHandle out(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerAlone));
  if (out.is_open()) return out;
  if (errno == EEXIST) return fail(Errc::already_exists, "file of the vault");
  return fail(errno == ENOSPC || errno == EDQUOT ? Errc::no_space : Errc::io, "file of the vault");
}

Result<> VaultFileDisk::publish(const store::VaultFileId& id) {
  KW_CHECK(ops_.rename(path(id, kPart), path(id, kWhole)));
  return ops_.sync_directory(directory_);
}
Result<> VaultFileDisk::drop(const store::VaultFileId& id) { return remove_file(path(id, kPart)); }
Result<> VaultFileDisk::remove(const store::VaultFileId& id) {
  KW_CHECK(remove_file(path(id, kWhole)));
  return ops_.sync_directory(directory_);
}
Result<store::FileHandle> VaultFileDisk::read(const store::VaultFileId& id) const {
  return store::open_for_reading(path(id, kWhole));
}

Result<VaultFileDisk::There> VaultFileDisk::list() const {
  There out;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory_, error), end; !error && at != end; at.increment(error)) {
    const auto end_of = at->path().extension().string();
    const auto id = store::VaultFileId::parse(at->path().stem().string());
    std::error_code unread;
    const bool regular = at->symlink_status(unread).type() == std::filesystem::file_type::regular;
    const auto octets = regular ? at->file_size(unread) : 0;
    if (unread == std::errc::no_such_file_or_directory) continue;  // somebody finished with it meanwhile
    if (!regular || unread || !id || (end_of != kPart && end_of != kWhole)) {
      ++out.strangers;
      continue;
    }
    (end_of == kWhole ? out.whole : out.parts).emplace(*id, octets);
  }
  if (error) return fail(Errc::io, "directory of the vault's files: " + error.message());
  return out;
}

}  // namespace kw::server

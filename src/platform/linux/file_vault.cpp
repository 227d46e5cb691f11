#include "platform/linux/file_vault.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "device/malware/quarantine_form.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/scan_files.h"

namespace kw::platform {
namespace {

constexpr std::size_t kMostItems = 10'000;
constexpr std::string_view kEnding = ".kwq";

Result<SecretBytes> read_all(int fd, std::uint64_t size) {
  SecretBytes out(size);
  for (std::size_t at = 0; at < size;) {
    const auto n = ::pread(fd, out.reveal_mutable().data() + at, size - at, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("read");
    if (n == 0) return fail(Errc::conflict, "the file became shorter");
    at += static_cast<std::size_t>(n);
  }
  return out;
}

Result<> write_all(int fd, ByteView octets) {
  while (!octets.empty()) {
    const auto n = ::write(fd, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("write");
    octets = octets.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<Bytes> beginning_of(const std::string& path) {
  const auto fd = open_file_to_read(path);
  if (!fd) return fail_os("open " + path);
  Bytes out(device::kMostQuarantineHead);
  const auto n = ::pread(fd.get(), out.data(), out.size(), 0);
  if (n < 0) return fail_os("read " + path);
  out.resize(static_cast<std::size_t>(n));
  return out;
}

// Opened by its folder, so that the name that is looked at is the name that is removed.
struct Named {
  UniqueFd folder;
  std::string name;
};
Result<Named> folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash + 1 == path.size()) return fail(Errc::invalid, "no path of a file");
  Named out{UniqueFd(::open(slash == 0 ? "/" : path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
            path.substr(slash + 1)};
  if (!out.folder) return fail_os("open the folder of " + path);
  return out;
}

}  // namespace

Result<> FileVault::open(const std::string& directory) {
  directory_ = directory;
  held_.clear();
  KW_CHECK(make_private_dir(directory));
  KW_TRY(secret_, secret_of_(directory));
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().native();
    if (!name.ends_with(kEnding) || held_.size() >= kMostItems) continue;
    const auto id = name.substr(0, name.size() - kEnding.size());
    const auto beginning = beginning_of(at->path());
    if (!beginning) continue;
    const auto head = device::open_quarantined_head(*beginning, secret_.reveal());
    if (!head || to_hex(head->id) != id) continue;  // not ours, or of other hardware: left as it is, and not listed
    held_[id] = {head->file, at->file_size(error)};
  }
  return error ? Result<>(os_error(error.value(), "list " + directory)) : Result<>{};
}

std::vector<FileVault::Item> FileVault::items() const {
  std::vector<Item> out;
  for (const auto& [id, held] : held_) out.push_back({id, held.file});
  return out;
}

Result<FileVault::Item> FileVault::take(const std::string& path, const device::FileStamp& file, const std::string& name,
                                        Timestamp now) {
  if (secret_.empty()) return fail(Errc::unavailable, "the quarantine is not open");
  KW_TRY(const auto named, folder_of(path));
  // Writable, so that it can be emptied; a program that runs cannot be (ETXTBSY), and is removed only.
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  UniqueFd fd(::openat(named.folder.get(), named.name.c_str(), O_RDWR | kFlags));
  const bool writable = static_cast<bool>(fd);
  if (!fd) fd.reset(::openat(named.folder.get(), named.name.c_str(), O_RDONLY | kFlags));
  if (!fd) return fail_os("open " + path);
  KW_TRY(const auto facts, facts_of_file(fd.get()));
  if (!facts.regular || facts.stamp.device != file.device || facts.stamp.inode != file.inode ||
      facts.stamp.size != file.size || facts.stamp.modified_ns != file.modified_ns)
    return fail(Errc::conflict, "it is no longer the file that was found");
  std::uint64_t all = facts.stamp.size;
  for (const auto& [id, held] : held_) all += held.octets;
  if (facts.stamp.size > limits_.most_file) return fail(Errc::too_large, "the quarantine takes no file of this size");
  if (all > limits_.most_octets || held_.size() >= kMostItems) return fail(Errc::no_space, "the quarantine is full");

  KW_TRY(const auto content, read_all(fd.get(), facts.stamp.size));
  Item out{to_hex(random_.bytes(device::kQuarantineId)), {}};
  out.file.set_version(1);
  out.file.set_path(path);
  out.file.set_name(name);
  out.file.set_mode(facts.mode);
  out.file.set_uid(facts.uid);
  out.file.set_gid(facts.gid);
  out.file.set_size(content.size());
  out.file.set_modified_ns(facts.stamp.modified_ns);
  out.file.set_digest(copy_text(crypto::sm3(content.reveal())));
  out.file.set_taken_ns(now.unix_ns);
  KW_TRY(const auto id, from_hex(out.id));
  KW_TRY(const auto sealed, device::seal_quarantined(id, out.file, content.reveal(), secret_.reveal(), random_));
  KW_CHECK(write_file_durably(path_of(out.id), sealed));
  const auto stored = read_file(path_of(out.id), sealed.size());
  const auto again =
      stored ? device::open_quarantined_content(*stored, secret_.reveal()) : Result<SecretBytes>(stored.error());
  struct stat there{};
  const bool same = ::fstatat(named.folder.get(), named.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                    there.st_dev == facts.stamp.device && there.st_ino == facts.stamp.inode;
  if (!again || !same) {
    KW_CHECK(remove_file_durably(path_of(out.id)));
    return again ? Result<Item>(fail(Errc::conflict, "another file took its name")) : Result<Item>(again.error());
  }
  const bool emptied = writable && ::ftruncate(fd.get(), 0) == 0;
  if (::unlinkat(named.folder.get(), named.name.c_str(), 0) != 0 && !emptied) {
    const auto why = os_error(errno, "remove " + path);
    KW_CHECK(remove_file_durably(path_of(out.id)));
    return why;
  }
  held_[out.id] = {out.file, sealed.size()};
  return out;
}

Result<FileVault::Item> FileVault::restore(const std::string& id) {
  const auto at = held_.find(id);
  if (at == held_.end()) return fail(Errc::not_found, "no such item in quarantine");
  const auto& file = at->second.file;
  KW_TRY(const auto stored, read_file(path_of(id), at->second.octets));
  KW_TRY(const auto content, device::open_quarantined_content(stored, secret_.reveal()));
  KW_TRY(const auto named, folder_of(file.path()));
  UniqueFd fd(
      ::openat(named.folder.get(), named.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_os("make " + file.path());
  const timespec times[2] = {{0, UTIME_OMIT}, {file.modified_ns() / 1'000'000'000, file.modified_ns() % 1'000'000'000}};
  auto done = write_all(fd.get(), content.reveal());
  if (done && (::fchown(fd.get(), file.uid(), file.gid()) != 0 || ::fchmod(fd.get(), file.mode()) != 0 ||
               ::futimens(fd.get(), times) != 0 || ::fsync(fd.get()) != 0))
    done = Result<>(os_error(errno, "restore " + file.path()));
  if (!done) {
    ::unlinkat(named.folder.get(), named.name.c_str(), 0);
    return done.error();
  }
  Item out{id, file};
  KW_CHECK(discard(id));
  return out;
}

Result<> FileVault::discard(const std::string& id) {
  if (!held_.contains(id)) return fail(Errc::not_found, "no such item in quarantine");
  KW_CHECK(remove_file_durably(path_of(id)));
  held_.erase(id);
  return {};
}

}  // namespace kw::platform

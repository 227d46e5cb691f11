#include "platform/linux/file_vault.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "device/malware/quarantine_form.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/file_digests.h"

namespace kw::platform {
namespace {

constexpr std::size_t kMostItems = 10'000;
constexpr std::string_view kEnding = ".kwq";

// Fills `into` from an offset; Errc::conflict where the file is too short.
Result<> read_at(int fd, std::uint64_t at, MutableByteView into) {
  while (!into.empty()) {
    const auto n = ::pread(fd, into.data(), into.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_os("read");
    if (n == 0) return fail(Errc::conflict, "the file became shorter");
    into = into.subspan(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
  return {};
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

/// Part is one of those that a content of `size` octets has.
struct Part {
  std::uint32_t number;
  std::uint64_t at;  // in the content
  std::size_t size;
  bool last;
};
Result<> each_part(std::uint64_t size, const std::function<Result<>(const Part&)>& work) {
  std::uint64_t at = 0;
  for (std::uint32_t number = 0;; ++number) {
    const auto left = size - at;
    const bool last = left <= device::kQuarantinePart;
    KW_CHECK(work({number, at, last ? static_cast<std::size_t>(left) : device::kQuarantinePart, last}));
    if (last) return {};
    at += device::kQuarantinePart;
  }
}

/// A file that is written under another name first, and goes away unless it is kept.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)), fd_(::open(made().c_str(), kFlags, 0600)) {}
  ~NewFile() {
    if (!kept_) ::unlink(made().c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  [[nodiscard]] int fd() const { return fd_.get(); }
  Result<> keep() {
    if (::fsync(fd_.get()) != 0 || ::rename(made().c_str(), path_.c_str()) != 0) return fail_os("keep " + path_);
    kept_ = true;
    const UniqueFd folder(::open(path_.substr(0, path_.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0) return fail_os("keep " + path_);
    return {};
  }

 private:
  static constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  [[nodiscard]] std::string made() const { return path_ + ".new"; }
  std::string path_;
  UniqueFd fd_;
  bool kept_ = false;
};

/// Opens the item in a file part by part, and compares the whole with its head.
Result<> read_item(const std::string& path, ByteView secret, const std::function<Result<>(ByteView)>& take) {
  const UniqueFd fd(open_to_read(path));
  if (!fd) return fail_os("open " + path);
  Bytes beginning(device::kMostQuarantineHead);
  const auto n = ::pread(fd.get(), beginning.data(), beginning.size(), 0);
  if (n < 0) return fail_os("read " + path);
  KW_TRY(const auto head,
         device::open_quarantined_head(ByteView(beginning).first(static_cast<std::size_t>(n)), secret));
  KW_TRY(const auto parts, device::QuarantineParts::make(head.id, secret));
  crypto::Sm3 hash;
  Bytes stored;
  const auto opened = each_part(head.file.size(), [&](const Part& part) -> Result<> {
    stored.resize(part.size + device::kQuarantineMore);
    KW_CHECK(read_at(fd.get(), head.size + part.at + std::uint64_t{part.number} * device::kQuarantineMore, stored));
    KW_TRY(const auto plain, parts.open(part.number, part.last, stored));
    hash.update(plain.reveal());
    return take(plain.reveal());
  });
  if (!opened) return opened;
  if (!equal(hash.finish(), bytes_of(head.file.digest())))
    return fail(Errc::corrupt, "the quarantined content is another");
  return {};
}

Result<Bytes> beginning_of(const std::string& path) {
  const auto fd = open_to_read(path);
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

Result<FileVault::Item> FileVault::take(const std::string& path, const device::FileIdentity& file, const std::string& name,
                                        Timestamp now) {
  if (secret_.empty()) return fail(Errc::unavailable, "the quarantine is not open");
  KW_TRY(const auto named, folder_of(path));
  // Writable, so that it can be emptied; a program that runs cannot be (ETXTBSY), and is removed only.
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  UniqueFd fd(::openat(named.folder.get(), named.name.c_str(), O_RDWR | kFlags));
  const bool writable = static_cast<bool>(fd);
  if (!fd) fd.reset(::openat(named.folder.get(), named.name.c_str(), O_RDONLY | kFlags));
  if (!fd) return fail_os("open " + path);
  KW_TRY(const auto facts, look_at(fd.get()));
  const auto& stamp = facts.identity;
  if (!facts.regular() || stamp.device != file.device || stamp.inode != file.inode ||
      stamp.size != file.size || stamp.modified_ns != file.modified_ns)
    return fail(Errc::conflict, "it is no longer the file that was found");
  std::uint64_t all = stamp.size;
  for (const auto& [id, held] : held_) all += held.octets;
  if (stamp.size > limits_.most_file) return fail(Errc::too_large, "the quarantine takes no file of this size");
  if (all > limits_.most_octets || held_.size() >= kMostItems) return fail(Errc::no_space, "the quarantine is full");

  Item out{to_hex(random_.bytes(device::kQuarantineId)), {}};
  KW_TRY(const auto digest, digest_as_read(fd.get()));
  out.file.set_version(1);
  out.file.set_path(path);
  out.file.set_name(name);
  out.file.set_mode(facts.mode & 07777U);
  out.file.set_uid(facts.uid);
  out.file.set_gid(facts.gid);
  out.file.set_size(stamp.size);
  out.file.set_modified_ns(stamp.modified_ns);
  out.file.set_digest(copy_text(digest));
  out.file.set_taken_ns(now.unix_ns);
  KW_TRY(const auto stored, store(out, fd.get()));
  const auto again = read_item(path_of(out.id), secret_.reveal(), [](ByteView) { return Result<>{}; });
  struct stat there{};
  const bool same = ::fstatat(named.folder.get(), named.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                    there.st_dev == stamp.device && there.st_ino == stamp.inode;
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
  held_[out.id] = {out.file, stored};
  return out;
}

Result<std::uint64_t> FileVault::store(const Item& item, int from) {
  KW_TRY(const auto id, from_hex(item.id));
  KW_TRY(const auto head, device::seal_quarantined_head(id, item.file, secret_.reveal(), random_));
  KW_TRY(const auto parts, device::QuarantineParts::make(id, secret_.reveal()));
  NewFile file(path_of(item.id));
  if (file.fd() < 0) return fail_os("make " + path_of(item.id));
  KW_CHECK(write_all(file.fd(), head));
  std::uint64_t octets = head.size();
  SecretBytes plain(static_cast<std::size_t>(std::min<std::uint64_t>(item.file.size(), device::kQuarantinePart)));
  const auto stored = each_part(item.file.size(), [&](const Part& part) -> Result<> {
    const auto room = plain.reveal_mutable().first(part.size);
    KW_CHECK(read_at(from, part.at, room));
    KW_TRY(const auto sealed, parts.seal(part.number, part.last, room, random_));
    octets += sealed.size();
    return write_all(file.fd(), sealed);
  });
  if (!stored) return stored.error();
  KW_CHECK(file.keep());
  return octets;
}

Result<FileVault::Item> FileVault::restore(const std::string& id) {
  const auto at = held_.find(id);
  if (at == held_.end()) return fail(Errc::not_found, "no such item in quarantine");
  const auto& file = at->second.file;
  KW_TRY(const auto named, folder_of(file.path()));
  UniqueFd fd(
      ::openat(named.folder.get(), named.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_os("make " + file.path());
  const timespec times[2] = {{0, UTIME_OMIT}, {file.modified_ns() / 1'000'000'000, file.modified_ns() % 1'000'000'000}};
  auto done = read_item(path_of(id), secret_.reveal(), [&](ByteView part) { return write_all(fd.get(), part); });
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

#include "server/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kw::server {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> os_failure(const std::filesystem::path& path) {
  const int number = errno;
  Errc code = Errc::io;
  if (number == ENOENT) code = Errc::not_found;
  if (number == EACCES || number == EPERM) code = Errc::not_permitted;
  if (number == ENOSPC || number == EDQUOT) code = Errc::no_space;
  return fail(code, path.string() + ": " + std::strerror(number));
}

Result<> sync_directory(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return os_failure(path);
  return {};
}

Result<> replace(const std::filesystem::path& path, ByteView octets, mode_t mode) {
  const auto temporary = std::filesystem::path(path).concat(".new");
  KW_CHECK(remove_file(temporary));
  {
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (fd.get() < 0) return os_failure(temporary);
    for (std::size_t done = 0; done < octets.size();) {
      const auto wrote = ::write(fd.get(), octets.data() + done, octets.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return os_failure(temporary);
      done += static_cast<std::size_t>(wrote);
    }
    if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) return os_failure(temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return os_failure(path);
  return sync_directory(path.parent_path());
}

Result<Bytes> slurp(const std::filesystem::path& path, std::size_t most, bool need_private) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0) return os_failure(path);
  if (need_private && (about.st_mode & 077) != 0)
    return fail(Errc::not_permitted, path.string() + ": others may read it");
  if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) > most) return fail(Errc::too_large, path.string());
  Bytes out(static_cast<std::size_t>(about.st_size));
  for (std::size_t done = 0; done < out.size();) {
    const auto got = ::read(fd.get(), out.data() + done, out.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_failure(path);
    if (got == 0) return fail(Errc::truncated, path.string());
    done += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace

Result<> write_private(const std::filesystem::path& path, ByteView octets) { return replace(path, octets, 0600); }
Result<> write_public(const std::filesystem::path& path, ByteView octets) { return replace(path, octets, 0644); }
Result<SecretBytes> read_private(const std::filesystem::path& path) {
  KW_TRY(auto octets, slurp(path, kMostSmallFile, true));
  return SecretBytes(std::move(octets));
}
Result<Bytes> read_public(const std::filesystem::path& path, std::size_t most) { return slurp(path, most, false); }
Result<> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return os_failure(path);
  return {};
}
Result<> make_private_directory(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  if (!path.parent_path().empty()) std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return os_failure(path);
  return {};
}

}  // namespace kw::server

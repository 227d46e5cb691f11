#include "platform/linux/secret_arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/secret.h"
#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

constexpr std::size_t kGrain = 16;
#if defined(SYS_memfd_secret)
constexpr long kMemfdSecret = SYS_memfd_secret;
#else
constexpr long kMemfdSecret = 447;  // the same number everywhere
#endif

std::size_t rounded(std::size_t octets, std::size_t to) { return (octets + to - 1) / to * to; }

Result<> map_secret(Byte* at, std::size_t size) {
  const UniqueFd fd(static_cast<int>(::syscall(kMemfdSecret, O_CLOEXEC)));
  if (!fd) return errno == ENOSYS ? fail(Errc::unsupported, "memfd_secret") : fail_os("memfd_secret");
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return fail_os("size of memfd_secret");
  if (::mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd.get(), 0) == MAP_FAILED)
    return fail_os("map memfd_secret");
  return {};
}

Result<> map_locked(Byte* at, std::size_t size) {
  if (::mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
    return fail_os("map memory");
  if (::mlock2(at, size, MLOCK_ONFAULT) != 0) return fail_os("lock memory");
  if (::madvise(at, size, MADV_DONTDUMP) != 0) return fail_os("keep memory out of dumps");
  return {};
}

}  // namespace

std::string_view name(SecretArena::Kind kind) noexcept {
  return kind == SecretArena::Kind::secret ? "secret" : "locked";
}

Result<std::unique_ptr<SecretArena>> SecretArena::make(std::size_t octets) {
  auto secret = make(octets, Kind::secret);
  return secret ? std::move(secret) : make(octets, Kind::locked);
}

Result<std::unique_ptr<SecretArena>> SecretArena::make(std::size_t octets, Kind kind) {
  const auto page = static_cast<std::size_t>(::getpagesize());
  const auto size = rounded(octets, page);
  auto* const whole = ::mmap(nullptr, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (whole == MAP_FAILED) return fail_os("room for secret memory");
  std::unique_ptr<SecretArena> out(new SecretArena(kind, static_cast<Byte*>(whole), page, size));
  KW_CHECK(kind == Kind::secret ? map_secret(out->begin(), size) : map_locked(out->begin(), size));
  if (::madvise(out->begin(), size, MADV_DONTFORK) != 0) return fail_os("keep memory from children");
  return out;
}

SecretArena::~SecretArena() {
  wipe();
  ::munmap(whole_, size_ + 2 * page_);
}

Result<MutableByteView> SecretArena::take(std::size_t octets) {
  if (octets == 0) return fail(Errc::invalid, "no octets");
  if (octets > size_) return fail(Errc::too_large, "secret memory");
  const auto length = rounded(octets, kGrain);
  std::size_t gap = 0;
  for (const auto& [offset, used] : used_) {
    if (offset - gap >= length) break;
    gap = offset + used;
  }
  if (size_ - gap < length) return fail(Errc::too_large, "secret memory");
  used_[gap] = length;
  return MutableByteView(begin() + gap, octets);
}

void SecretArena::release(MutableByteView piece) noexcept {
  const auto at = used_.find(static_cast<std::size_t>(piece.data() - begin()));
  if (at == used_.end()) return;
  kw::wipe({begin() + at->first, at->second});
  used_.erase(at);
}

// What nobody has was wiped when it was released, or never written.
void SecretArena::wipe() noexcept {
  for (const auto& [offset, length] : used_) kw::wipe({begin() + offset, length});
  used_.clear();
}

}  // namespace kw::platform

#include "platform/linux/process_memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr int kMappedFrom = 64 << 10, kTrimFrom = 128 << 10;
constexpr std::size_t kMostStatusText = 16384;

// Where the lock was refused at the start, nothing is locked.
bool memory_is_locked() {
  const auto status = read_file("/proc/self/status", kMostStatusText);
  return status && text_of(*status).find("VmLck:\t       0 kB") == std::string_view::npos;
}

// Only what is never written: relocated data has pages of its own that a file does not have.
int unmap_code(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::getpagesize());
  for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || part.p_flags != (PF_R | PF_X)) continue;
    const auto begin = (object->dlpi_addr + part.p_vaddr) & ~(page - 1);
    const auto end = object->dlpi_addr + part.p_vaddr + part.p_memsz;
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // refused for the vDSO
  }
  return 0;
}

}  // namespace

void keep_heap_small() {
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, kMappedFrom);  // said once, it no longer grows with what is freed
  ::mallopt(M_TRIM_THRESHOLD, kTrimFrom);
}

Result<> give_heap_back() {
  const bool locked = memory_is_locked();
  if (locked) ::munlockall();
  ::malloc_trim(0);
  if (locked && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) return fail_os("lock memory again");
  return {};
}

void let_go_of_code() { ::dl_iterate_phdr(unmap_code, nullptr); }

}  // namespace kw::platform

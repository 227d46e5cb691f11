// What this program frees is wiped first: octets of a person's request stand in strings, vectors and messages, which a
// purge drill would find long after they were freed (ADR 117). C++ objects only; OpenSSL wipes its own.
#include <malloc.h>
#include <string.h>

#include <cstdlib>
#include <new>

namespace {

void wipe_and_free(void* octets) noexcept {
  if (octets == nullptr) return;
  ::explicit_bzero(octets, ::malloc_usable_size(octets));
  std::free(octets);
}

}  // namespace

void operator delete(void* octets) noexcept { wipe_and_free(octets); }
void operator delete[](void* octets) noexcept { wipe_and_free(octets); }
void operator delete(void* octets, std::size_t) noexcept { wipe_and_free(octets); }
void operator delete[](void* octets, std::size_t) noexcept { wipe_and_free(octets); }
void operator delete(void* octets, std::align_val_t) noexcept { wipe_and_free(octets); }
void operator delete[](void* octets, std::align_val_t) noexcept { wipe_and_free(octets); }
void operator delete(void* octets, std::size_t, std::align_val_t) noexcept { wipe_and_free(octets); }
void operator delete[](void* octets, std::size_t, std::align_val_t) noexcept { wipe_and_free(octets); }

// free and realloc of this program overwrite what is given back, whoever gives it back: containers, messages, JSON,
// TLCP, OpenSSL. So what passed through ordinary memory does not outlive its use (clause 7.4.1; why here: ADR 113).
//
// They stand in front of the C library's for the program and every library that it loads. Not in builds with a
// sanitizer, which has an allocator of its own.
#include <malloc.h>

#include <cstdlib>
#include <cstring>

extern "C" {

void __libc_free(void* memory);
void* __libc_realloc(void* memory, size_t size);

void free(void* memory) noexcept {
  if (memory == nullptr) return;
  explicit_bzero(memory, malloc_usable_size(memory));
  __libc_free(memory);
}

void* realloc(void* memory, size_t size) noexcept {
  if (memory == nullptr) return malloc(size);
  if (size == 0) {
    free(memory);
    return nullptr;
  }
  const size_t had = malloc_usable_size(memory);
  if (size <= had) {  // what is cut off goes back without our free
    explicit_bzero(static_cast<char*>(memory) + size, had - size);
    return __libc_realloc(memory, size);
  }
  void* const moved = malloc(size);
  if (moved == nullptr) return nullptr;
  memcpy(moved, memory, had);
  free(memory);
  return moved;
}

}  // extern "C"

#include "platform/linux/tss_library.h"

#include <dlfcn.h>

#include <utility>

namespace kw::platform {
namespace {

constexpr std::array<const char*, 3> kLibraries{"libtss2-esys.so.0", "libtss2-mu.so.0", "libtss2-tctildr.so.0"};

}  // namespace

Result<TssLibrary> TssLibrary::open() {
  TssLibrary out;
  for (std::size_t i = 0; i < kLibraries.size(); ++i) {
    out.handles_.at(i) = ::dlopen(kLibraries.at(i), RTLD_NOW | RTLD_LOCAL);
    if (out.handles_.at(i) == nullptr) return fail(Errc::not_found, std::string("tpm2-tss: ") + kLibraries.at(i));
  }
#define KW_TSS_FIND(library, name)                                                                    \
  out.name = reinterpret_cast<decltype(out.name)>(::dlsym(out.handles_.at(library), #name)); /* POSIX: dlsym gives functions so */ \
  if (out.name == nullptr) return fail(Errc::unsupported, "tpm2-tss lacks " #name);
  KW_TSS_FUNCTIONS(KW_TSS_FIND)
#undef KW_TSS_FIND
  return out;
}

TssLibrary::TssLibrary(TssLibrary&& other) noexcept : handles_(std::exchange(other.handles_, {})) {
#define KW_TSS_TAKE(library, name) name = other.name;
  KW_TSS_FUNCTIONS(KW_TSS_TAKE)
#undef KW_TSS_TAKE
}

TssLibrary::~TssLibrary() {
  for (void* handle : handles_)
    if (handle != nullptr) ::dlclose(handle);
}

}  // namespace kw::platform

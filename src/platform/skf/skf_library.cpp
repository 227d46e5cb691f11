#include "platform/skf/skf_library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "platform/linux/os_error.h"

namespace kw::platform {

Result<SkfLibrary> SkfLibrary::open(const std::string& path) {
  // A bare name would be looked for along the loader's path: the person names a file.
  if (path.find('/') == std::string::npos) return open("./" + path);
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return fail_os(path);
  if (!S_ISREG(file.st_mode)) return fail(Errc::unsupported, path + ": no file");
  SkfLibrary out;
  out.handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (out.handle_ == nullptr) {
    const char* why = ::dlerror();
    return fail(Errc::unsupported, why != nullptr ? why : path);
  }
#define KW_SKF_FIND(function, parameters)                                                                              \
  out.function =                                                                                                       \
      reinterpret_cast<decltype(out.function)>(::dlsym(out.handle_, #function)); /* POSIX: dlsym gives functions so */ \
  if (out.function == nullptr) return fail(Errc::unsupported, path + ": lacks " #function);
  KW_SKF_FUNCTIONS(KW_SKF_FIND)
#undef KW_SKF_FIND
  return out;
}

SkfLibrary::SkfLibrary(SkfLibrary&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {
#define KW_SKF_TAKE(function, parameters) function = other.function;
  KW_SKF_FUNCTIONS(KW_SKF_TAKE)
#undef KW_SKF_TAKE
}

SkfLibrary::~SkfLibrary() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

}  // namespace kw::platform

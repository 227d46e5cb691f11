#include "platform/vendor_library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <utility>

#include "platform/linux/os_error.h"

namespace kw::platform {

Result<VendorLibrary> VendorLibrary::open(const std::string& path) {
  // A bare name would be looked for along the loader's path: the person names a file.
  if (path.find('/') == std::string::npos) return open("./" + path);
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return fail_os(path);
  if (!S_ISREG(file.st_mode)) return fail(Errc::unsupported, path + ": no file");
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return fail(Errc::unsupported, why != nullptr ? why : path);
  }
  return VendorLibrary(handle, path);
}

Result<void*> VendorLibrary::address(const char* name) const {
  void* out = ::dlsym(handle_, name);
  if (out == nullptr) return fail(Errc::unsupported, path_ + ": lacks " + name);
  return out;
}

VendorLibrary::VendorLibrary(VendorLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

VendorLibrary::~VendorLibrary() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

}  // namespace kw::platform

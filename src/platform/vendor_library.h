#pragma once
// VendorLibrary is a library of somebody else's, opened by the path a person names; skf and sdf are built on it.
//
// Nothing is looked for along the loader's path. Errc::not_found where the file is not there, Errc::unsupported where
// it is no library or lacks a function. A library runs inside this process with its rights: name only one you would
// run.
#include <cstdint>
#include <string>

#include "base/result.h"

namespace kw::platform {

/// Where a library writes an unsigned number: it is given eight octets of room, since some makers' have the compiler's
/// unsigned long where the standard has 32 bits. Its low half is read.
struct alignas(8) VendorNumber {
  std::uint32_t low = 0;
  std::uint32_t high = 0;  // stays zero with the standard's number, and with any value that this program asks for
};

class VendorLibrary {
 public:
  static Result<VendorLibrary> open(const std::string& path);
  VendorLibrary(const VendorLibrary&) = delete;
  VendorLibrary& operator=(const VendorLibrary&) = delete;
  VendorLibrary(VendorLibrary&& other) noexcept;
  VendorLibrary& operator=(VendorLibrary&&) = delete;
  ~VendorLibrary();

  /// find gives the function of this name, as a pointer of the type that the caller says it has.
  template <class F>
  Result<> find(const char* name, F& to) const {
    KW_TRY(void* symbol, address(name));
    to = reinterpret_cast<F>(symbol);  // POSIX: dlsym gives functions so
    return {};
  }

 private:
  VendorLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  [[nodiscard]] Result<void*> address(const char* name) const;
  void* handle_ = nullptr;
  std::string path_;
};

}  // namespace kw::platform

#pragma once
// SkfLibrary is a vendor's UKey library with the interface of GM/T 0016-2012 (SKF), opened by the path a person names.
//
// The types are the standard's. Its ULONG has 32 bits, but there are libraries for Linux where it is the compiler's
// unsigned long: numbers that come back are therefore given eight octets of room, zeroed, and their low half is read
// (SkfNumber); sizes of blobs tell which kind it is. Handles are pointers. Errc::not_found where the file is not there,
// Errc::unsupported where it is no such library.
#include <array>
#include <cstdint>
#include <string>

#include "platform/vendor_library.h"

namespace kw::platform {

using SkfHandle = void*;
using SkfNumber = VendorNumber;

/// ECCSIGNATUREBLOB: r and s, right-aligned (GM/T 0016 section 6.4.6).
struct SkfEccSignature {
  std::array<std::uint8_t, 64> r, s;
};

// X(function, parameters): all return an error code, SAR_OK is 0.
#define KW_SKF_FUNCTIONS(X)                                                                                          \
  X(SKF_EnumDev, (int present, char* names, SkfNumber* size))                                                        \
  X(SKF_ConnectDev, (const char* name, SkfHandle* device))                                                           \
  X(SKF_DisConnectDev, (SkfHandle device))                                                                           \
  X(SKF_EnumApplication, (SkfHandle device, char* names, SkfNumber* size))                                           \
  X(SKF_OpenApplication, (SkfHandle device, const char* name, SkfHandle* application))                               \
  X(SKF_CloseApplication, (SkfHandle application))                                                                   \
  X(SKF_GetPINInfo, (SkfHandle application, unsigned long type, SkfNumber* most, SkfNumber* left, SkfNumber* fresh)) \
  X(SKF_VerifyPIN, (SkfHandle application, unsigned long type, const char* pin, SkfNumber* left))                    \
  X(SKF_EnumContainer, (SkfHandle application, char* names, SkfNumber* size))                                        \
  X(SKF_OpenContainer, (SkfHandle application, const char* name, SkfHandle* container))                              \
  X(SKF_CloseContainer, (SkfHandle container))                                                                       \
  X(SKF_ExportPublicKey, (SkfHandle container, int sign, std::uint8_t* blob, SkfNumber* size))                       \
  X(SKF_ExportCertificate, (SkfHandle container, int sign, std::uint8_t* certificate, SkfNumber* size))              \
  X(SKF_ECCSignData, (SkfHandle container, const std::uint8_t* data, unsigned long size, SkfEccSignature* signature))

class SkfLibrary {
 public:
  static Result<SkfLibrary> open(const std::string& path);

#define KW_SKF_MEMBER(function, parameters) std::uint32_t(*function) parameters = nullptr;
  KW_SKF_FUNCTIONS(KW_SKF_MEMBER)
#undef KW_SKF_MEMBER

 private:
  explicit SkfLibrary(VendorLibrary library) : library_(std::move(library)) {}
  VendorLibrary library_;
};

}  // namespace kw::platform

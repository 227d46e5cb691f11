#pragma once
// SdfLibrary is a maker's library for cryptographic cards and servers with the interface of GM/T 0018 (SDF), opened by
// the path that the configuration names.
//
// The types are the standard's of 2012, which that of 2023 keeps. Its numbers have 32 bits; libraries whose numbers
// have the compiler's unsigned long are taken too (VendorNumber; sdf_records.h for what lies in records). Handles are
// pointers. Errors as of VendorLibrary.
#include <array>

#include "platform/vendor_library.h"

namespace kw::platform {

using SdfHandle = void*;
using SdfOctets = std::uint8_t*;

/// ECCSignature: r and s, right-aligned.
struct SdfSignature {
  std::array<std::uint8_t, 64> r, s;
};

// X(function, parameters): all return an error code, SDR_OK is 0. Records whose layout depends on the width of numbers
// are octets here.
#define KW_SDF_FUNCTIONS(X)                                                                                        \
  X(SDF_OpenDevice, (SdfHandle * device))                                                                          \
  X(SDF_CloseDevice, (SdfHandle device))                                                                           \
  X(SDF_OpenSession, (SdfHandle device, SdfHandle * session))                                                      \
  X(SDF_CloseSession, (SdfHandle session))                                                                         \
  X(SDF_GetDeviceInfo, (SdfHandle session, SdfOctets information))                                                 \
  X(SDF_GenerateRandom, (SdfHandle session, unsigned long size, SdfOctets random))                                 \
  X(SDF_GetPrivateKeyAccessRight,                                                                                  \
    (SdfHandle session, unsigned long key, SdfOctets password, unsigned long password_size))                       \
  X(SDF_ReleasePrivateKeyAccessRight, (SdfHandle session, unsigned long key))                                      \
  X(SDF_ExportSignPublicKey_ECC, (SdfHandle session, unsigned long key, SdfOctets public_key))                     \
  X(SDF_ExportEncPublicKey_ECC, (SdfHandle session, unsigned long key, SdfOctets public_key))                      \
  X(SDF_GenerateKeyWithIPK_ECC,                                                                                    \
    (SdfHandle session, unsigned long key, unsigned long bits, SdfOctets cipher, SdfHandle* session_key))          \
  X(SDF_ImportKeyWithISK_ECC, (SdfHandle session, unsigned long key, SdfOctets cipher, SdfHandle* session_key))    \
  X(SDF_DestroyKey, (SdfHandle session, SdfHandle session_key))                                                    \
  X(SDF_InternalSign_ECC,                                                                                          \
    (SdfHandle session, unsigned long key, SdfOctets data, unsigned long size, SdfSignature* signature))           \
  X(SDF_Encrypt, (SdfHandle session, SdfHandle session_key, unsigned long algorithm, SdfOctets iv, SdfOctets data, \
                  unsigned long size, SdfOctets out, VendorNumber* out_size))                                      \
  X(SDF_Decrypt, (SdfHandle session, SdfHandle session_key, unsigned long algorithm, SdfOctets iv, SdfOctets data, \
                  unsigned long size, SdfOctets out, VendorNumber* out_size))

class SdfLibrary {
 public:
  static Result<SdfLibrary> open(const std::string& path);

#define KW_SDF_MEMBER(function, parameters) std::uint32_t(*function) parameters = nullptr;
  KW_SDF_FUNCTIONS(KW_SDF_MEMBER)
#undef KW_SDF_MEMBER

 private:
  explicit SdfLibrary(VendorLibrary library) : library_(std::move(library)) {}
  VendorLibrary library_;
};

/// sdf_error tells a code of GM/T 0018 appendix A by its name, and which call gave it; a maker's own code by its
/// digits. unavailable, forbidden, not_found and unsupported as pki/crypto_module.h says; anything else is io.
[[nodiscard]] Error sdf_error(std::uint32_t code, std::string_view call);

}  // namespace kw::platform

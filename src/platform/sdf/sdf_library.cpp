#include "platform/sdf/sdf_library.h"

#include "base/writer.h"

namespace kw::platform {

Result<SdfLibrary> SdfLibrary::open(const std::string& path) {
  KW_TRY(auto library, VendorLibrary::open(path));
  SdfLibrary out(std::move(library));
#define KW_SDF_FIND(function, parameters) KW_CHECK(out.library_.find(#function, out.function));
  KW_SDF_FUNCTIONS(KW_SDF_FIND)
#undef KW_SDF_FIND
  return out;
}

Error sdf_error(std::uint32_t code, std::string_view call) {
  struct Known {
    Errc errc;
    std::string_view name;
  };
  // From SDR_BASE + 1 on.
  constexpr std::uint32_t kBase = 0x01000000;
  constexpr std::array<Known, 30> kKnown{{{Errc::io, "SDR_UNKNOWERR"},
                                          {Errc::unsupported, "SDR_NOTSUPPORT"},
                                          {Errc::unavailable, "SDR_COMMFAIL"},
                                          {Errc::unavailable, "SDR_HARDFAIL"},
                                          {Errc::unavailable, "SDR_OPENDEVICE"},
                                          {Errc::unavailable, "SDR_OPENSESSION"},
                                          {Errc::forbidden, "SDR_PARDENY"},
                                          {Errc::not_found, "SDR_KEYNOTEXIST"},
                                          {Errc::unsupported, "SDR_ALGNOTSUPPORT"},
                                          {Errc::unsupported, "SDR_ALGMODNOTSUPPORT"},
                                          {Errc::io, "SDR_PKOPERR"},
                                          {Errc::io, "SDR_SKOPERR"},
                                          {Errc::io, "SDR_SIGNERR"},
                                          {Errc::io, "SDR_VERIFYERR"},
                                          {Errc::io, "SDR_SYMOPERR"},
                                          {Errc::io, "SDR_STEPERR"},
                                          {Errc::io, "SDR_FILESIZEERR"},
                                          {Errc::io, "SDR_FILENOEXIST"},
                                          {Errc::io, "SDR_FILEOFSERR"},
                                          {Errc::not_found, "SDR_KEYTYPEERR"},
                                          {Errc::not_found, "SDR_KEYERR"},
                                          {Errc::io, "SDR_ENCDATAERR"},
                                          {Errc::io, "SDR_RANDERR"},
                                          {Errc::forbidden, "SDR_PRKRERR"},
                                          {Errc::io, "SDR_MACERR"},
                                          {Errc::io, "SDR_FILEEXISTS"},
                                          {Errc::io, "SDR_FILEWERR"},
                                          {Errc::io, "SDR_NOBUFFER"},
                                          {Errc::io, "SDR_INARGERR"},
                                          {Errc::io, "SDR_OUTARGERR"}}};
  const auto at = code - kBase - 1;
  if (code > kBase && at < kKnown.size())
    return Error(kKnown[at].errc, std::string(call) + ": " + std::string(kKnown[at].name));
  return Error(Errc::io, std::string(call) + ": 0x" + to_hex(Writer().u32(code).view()));
}

}  // namespace kw::platform

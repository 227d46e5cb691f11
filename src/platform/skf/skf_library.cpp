#include "platform/skf/skf_library.h"

namespace kw::platform {

Result<SkfLibrary> SkfLibrary::open(const std::string& path) {
  KW_TRY(auto library, VendorLibrary::open(path));
  SkfLibrary out(std::move(library));
#define KW_SKF_FIND(function, parameters) KW_CHECK(out.library_.find(#function, out.function));
  KW_SKF_FUNCTIONS(KW_SKF_FIND)
#undef KW_SKF_FIND
  return out;
}

}  // namespace kw::platform

#pragma once
// tss_error turns a response code of tpm2-tss into one of TpmPort's errors.
//
// Codes: TPM 2.0 Library, part 2, 6.6; layers: TSS 2.0 overview, 3.1.5.
#include <tss2/tss2_tpm2_types.h>

#include "base/result.h"

namespace kw::platform {

[[nodiscard]] Error tss_error(TSS2_RC code, std::string_view what);

}  // namespace kw::platform

// links: device
// A TPM's structures of any octets: a typed error, or values within their bounds; never a quote that holds.
#include <cstdlib>

#include "device/hardware/quote.h"
#include "schema/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace device = kw::device;
  const kw::ByteView in(data, size);
  if (const auto key = device::parse_attestation_key(in); key && key->x.size() > 32) std::abort();
  if (const auto signature = device::parse_tpm_signature(in); signature && signature->r.size() > 32) std::abort();
  if (const auto attest = device::parse_quote_attest(in))
    for (const auto pcr : attest->pcrs)
      if (pcr >= device::kPcrs) std::abort();
  const auto binding = kw::schema::parse<device::v1::TpmBinding>(in, 1 << 20);
  device::v1::TpmQuote quote;
  quote.set_attest(kw::copy_text(in));
  if (binding && device::judge_quote(*binding, quote, in).fault.empty()) std::abort();
  return 0;
}

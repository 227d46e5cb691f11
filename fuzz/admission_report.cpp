// links: device
// A report as a peer sends it: admit() must answer, and never admit without the right challenge.
#include <cstdlib>

#include "device/admission.h"
#include "schema/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace device = kw::device;
  auto report = kw::schema::parse<device::v1::AdmissionReport>({data, size}, 1 << 20);
  if (!report) return 0;
  const kw::DeviceId id(kw::RawId{7});
  const device::Binding bound{id, report->address(), report->mac(), report->hardware(), true};
  const device::AdmissionFacts facts{id, report->address(), true, *report, kw::Bytes(32, 1), kw::Bytes(32, 2)};
  const bool challenged = kw::equal(kw::bytes_of(report->challenge()), facts.challenge);
  if (std::holds_alternative<device::Admitted>(device::admit(bound, facts)) && !challenged) std::abort();
  return 0;
}

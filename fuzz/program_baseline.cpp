// links: device
// Any octets as a program baseline: what ProgramList takes it writes again, and finds every digest of it.
#include <cstdlib>

#include "device/programs/program_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list = kw::device::ProgramList::parse({data, size});
  if (!list) return 0;
  const auto again = list->serialise();
  if (!again || !kw::device::ProgramList::parse(*again)) std::abort();
  for (const auto& one : list->all())
    if (list->find(one.digest) != &one) std::abort();
  return 0;
}

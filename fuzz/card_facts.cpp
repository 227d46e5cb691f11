// links: device
// A reader's answer of any octets: typed errors, or values that are text and a number that holds the birthday.
#include "device/reader/card_facts.h"

#include <cstdlib>

#include "base/utf8.h"
#include "device/peripherals/sam_module.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView in(data, size);
  if (const auto answer = kw::device::sam_answer(in); answer && answer->data.size() + 11 != size) std::abort();
  const auto facts = kw::device::parse_card_data(in);
  if (!facts) return 0;
  for (const auto* value : {&facts->name, &facts->sex, &facts->nation, &facts->address, &facts->issuer,
                            &facts->valid_from, &facts->valid_until})
    if (value->empty() || !kw::is_utf8(kw::text_of(value->reveal()))) std::abort();
  if (kw::text_of(facts->id_number.reveal()).substr(6, 8) != kw::text_of(facts->birthday.reveal())) std::abort();
  return 0;
}

#include "policy/sections/peripherals.h"

namespace kw::policy {

Section peripherals_section() {
  return {"peripherals", "5.4-a", [](const v1::PolicyBundle&, Findings&) {}, {}};
}

}  // namespace kw::policy

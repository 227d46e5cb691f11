#include "agent/defence/make_defences.h"

namespace kw::agent {

std::vector<std::unique_ptr<device::Defence>> make_defences() {
  std::vector<std::unique_ptr<device::Defence>> out;
  return out;
}

}  // namespace kw::agent

#include "policy/sections/camera.h"

namespace kw::policy {
namespace {

void check(const v1::PolicyBundle& bundle, Findings& findings) {
  static_cast<void>(bundle);
  static_cast<void>(findings);
}

}  // namespace

Section camera_section() {
  return {"camera",
          "5.1-c",
          check,
          {{"snapshot", {}}, {"live", {"seconds"}}, {"clip", {"from", "until"}}, {"start", {}}, {"stop", {}}}};
}

}  // namespace kw::policy

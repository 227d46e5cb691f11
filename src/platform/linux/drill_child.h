#pragma once
// DrillChildStarter starts the program kioskward-drill, which stays root: it reads everybody's memory. Not thread-safe.
#include "platform/linux/children.h"

namespace kw::platform {

class DrillChildStarter final : public device::HelperStarter {
 public:
  /// `program` is the path; empty: beside this process's own.
  explicit DrillChildStarter(std::string program = {}) : program_(std::move(program)) {}
  Result<std::unique_ptr<device::HelperProcess>> start() override {
    tidy();
    return children_.start({"kioskward-drill", program_, {}, {}});
  }
  void tidy() override { children_.tidy(); }

 private:
  std::string program_;
  HelperChildren children_;
};

}  // namespace kw::platform

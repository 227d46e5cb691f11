#pragma once
// ProcessScan looks at every process in turn and reads closely only those that are new or run something else: about a
// third of what read_process costs for the others.
//
// Read each time: what stat, status and the program's link tell, so every change of user, tracer, parent, terminal or
// program is seen. Kept from the first look: the command line and the login, which a process gets before it changes its
// user or runs a program (pam_loginuid(8)); where its stack begins tells a program that runs itself anew, since the
// kernel places each at random. Kernel threads are known by number and start. Not thread-safe.
#include <map>
#include <vector>

#include "base/result.h"
#include "device/host/processes.h"

namespace kw::platform {

class ProcessScan {
 public:
  /// all: Errc::io where /proc shows nothing.
  Result<std::vector<device::ProcessFacts>> all();

 private:
  struct Kept {
    device::ProcessFacts facts;
    std::uint64_t stack = 0;  // 0: the kernel does not tell; nothing is kept
  };
  std::map<int, Kept> kept_;
};

}  // namespace kw::platform

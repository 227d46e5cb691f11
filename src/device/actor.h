#pragma once
// Actor is who did something on the machine, as far as the kernel and /proc tell it; unknown parts are empty.
#include <string>

namespace kw::device {

struct Actor {
  int pid = 0;
  std::string process;  // command name
  std::string program;  // path of what it runs
  std::string user;     // numeric uid as text
};

}  // namespace kw::device

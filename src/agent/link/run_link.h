#pragma once
// run_link is the link process: what the guard starts, and nothing that a person calls.
//
// Descriptor 0 is the channel to the guard, descriptor 1 gives the seal of the keys and ends, descriptor 2 takes the
// log. The process gives up root, debuggers and most system calls before it reads anything. It ends in order when the
// guard says so; with an error when the guard is lost, the spool was removed, or a part cannot work.
#include "base/log.h"
#include "base/result.h"

namespace kw::agent {

struct LinkArguments {
  std::string directory;  // the link's part of the state
  std::string user;       // whom to become; empty: this process is no root
};
Result<> run_link(const LinkArguments& arguments, Log& log);

}  // namespace kw::agent

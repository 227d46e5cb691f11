// links: agent
// kioskward-agent: the program on every kiosk. Everything is in src/agent.
#include <csignal>
#include <iostream>
#include <vector>

#include "agent/command_line.h"
#include "platform/linux/process_memory.h"

int main(int argc, char** argv) {
  kw::platform::keep_heap_small();
  std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error of a write, not a death
  const std::vector<std::string> words(argv + 1, argv + argc);
  return kw::agent::agent_main(words, std::cout, std::cerr);
}

// links: cli
// kioskward: the operator's and assessor's shell. Everything is in src/cli.
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <vector>

#include "cli/command.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer or pager that goes away is an error of a write, not a death
  const std::vector<std::string> args(argv + 1, argv + argc);
  kw::cli::Terminal terminal{STDIN_FILENO, std::cout, std::cerr};
  return kw::cli::run_command(args, terminal);
}

// links: paper
// kioskward-report: renders a report as PDF, Word and Excel. Everything is in src/paper.
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <vector>

#include "paper/report_main.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a caller that goes away is an error of a write, not a death
  const std::vector<std::string> args(argv + 1, argv + argc);
  return kw::paper::report_main(args, STDIN_FILENO, std::cout, std::cerr);
}

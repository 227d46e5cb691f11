// links: drill
// kioskward-drill: carries canaries through a session and searches for them. Everything is in src/drill.
#include <csignal>
#include <iostream>
#include <vector>

#include "drill/drill_main.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a guard that goes away is an error of a write, not a death
  const std::vector<std::string> words(argv + 1, argv + argc);
  return kw::drill::drill_main(words, std::cerr);
}

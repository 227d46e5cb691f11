// links: shell
// kioskward-shell: keeps the kiosk's one program on the screen, as the kiosk's user. Everything is in src/shell.
#include <csignal>
#include <iostream>
#include <vector>

#include "shell/shell_main.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a guard that goes away is an error of a write, not a death
  const std::vector<std::string> words(argv + 1, argv + argc);
  return kw::shell::shell_main(words, std::cerr);
}

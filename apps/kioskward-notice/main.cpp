// links: window
// kioskward-notice: the notice of a cut on a kiosk's screen, without a browser. Everything is in src/window.
#include <csignal>
#include <iostream>
#include <vector>

#include "window/notice_main.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // an agent that goes away is an error of a write, not a death
  const std::vector<std::string> words(argv + 1, argv + argc);
  return kw::window::notice_main(words, std::cerr);
}

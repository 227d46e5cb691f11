// links: clipboard
// kioskward-clipboard: watches the clipboards of the kiosk's screen, without rights. Everything is in src/clipboard.
#include <csignal>
#include <iostream>
#include <vector>

#include "clipboard/clipboard_main.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a guard that goes away is an error of a write, not a death
  const std::vector<std::string> words(argv + 1, argv + argc);
  return kw::clipboard::clipboard_main(words, std::cerr);
}

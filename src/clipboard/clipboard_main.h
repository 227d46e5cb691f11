#pragma once
// clipboard_main is the program kioskward-clipboard: started by the guard, with their socket as standard input.
//
//   guard ── rules, "ask" ──> child ── watching, alive, told ..., trouble ──> guard      (device/egress/clipboard.h)
//
// It gives up root before it speaks to the X server that DISPLAY names, sockets and most system calls after. Content
// never leaves it. Exit code 0: the guard is gone; 1: trouble, told to the guard and logged; 2: usage.
#include <ostream>
#include <string>
#include <vector>

namespace kw::clipboard {

int clipboard_main(const std::vector<std::string>& words, std::ostream& err);

}  // namespace kw::clipboard

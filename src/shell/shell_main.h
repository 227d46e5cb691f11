#pragma once
// shell_main is the program kioskward-shell: started by the guard, with their socket as standard input (ADR 50).
//
//   guard ── task, renew, ask ──> kioskward-shell ── ready, started, ended, key, alive, trouble ──> guard
//
// It makes the directory of profiles while it is root, becomes the kiosk's user, holds the screen (KioskScreen) and
// keeps the program running (ShellEngine, ProgramRun). Exit code 0: the guard is gone, and so is the program; 1:
// trouble, told to the guard and logged; 2: usage.
#include <ostream>
#include <string>
#include <vector>

namespace kw::shell {

int shell_main(const std::vector<std::string>& words, std::ostream& err);

}  // namespace kw::shell

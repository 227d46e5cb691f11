#pragma once
// drill_main is the program kioskward-drill: started by the guard as root, with their socket as standard input (ADR
// 117).
//
//   guard ── task, search, ask ──> kioskward-drill ── planted, report, alive, trouble ──> guard
//
// It plants canaries by a process of the kiosk's user that is gone before anything is searched (plant.h), then reads
// memory, files and blocks (search.h) for them. Exit code 0: reported, or the guard is gone; 1: trouble; 2: usage.
#include <ostream>
#include <string>
#include <vector>

namespace kw::drill {

int drill_main(const std::vector<std::string>& words, std::ostream& err);

}  // namespace kw::drill

#pragma once
// camera_main is the program kioskward-camera: started by the guard, with their socket as standard input.
//
// It gives up root, the network (unless the source is one on the network) and most system calls before it looks at the
// camera, opens the source that the guard names, and ends when the source does or the guard is gone; the guard starts
// another. Exit code 0: the guard is gone; 1: trouble, told to the guard and logged; 2: usage.
#include <ostream>
#include <string>
#include <vector>

namespace kw::camera {

int camera_main(const std::vector<std::string>& words, std::ostream& err);

}  // namespace kw::camera

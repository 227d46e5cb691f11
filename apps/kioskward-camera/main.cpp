// links: camera
// kioskward-camera: the one program that touches the camera, without rights. Everything is in src/camera.
#include <csignal>
#include <iostream>
#include <vector>

#include "camera/camera_main.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a guard that goes away is an error of a write, not a death
  const std::vector<std::string> words(argv + 1, argv + argc);
  return kw::camera::camera_main(words, std::cerr);
}

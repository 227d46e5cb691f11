#pragma once
// SessionPlace is who makes the place that a business session has for itself on the kiosk, and takes it away: the
// guard.
#include <functional>
#include <string>

namespace kw::agent {

class SessionPlace {
 public:
  virtual ~SessionPlace() = default;
  /// begin calls `done` once, with the path of the session's own directory, empty where there is none to be.
  virtual void begin(std::function<void(const std::string& directory)> done) = 0;
  /// end: the session is over, or did not begin; `program_gone`: because the program on the screen has gone.
  virtual void end(bool program_gone) = 0;
};

}  // namespace kw::agent

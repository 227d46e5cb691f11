#pragma once
// notice_main runs kioskward-notice: it shows the agent's notice on the screen of DISPLAY while the network is cut.
//
//   kioskward-notice --app=http://127.0.0.1:8670/ [options of Chromium, which it does not need]
//
// The agent starts it where `[notice] browser` names it, in place of a browser and with a browser's options. Every
// second it asks GET /state; once the notice is on the screen it says so: POST /shown. An agent that does not answer
// leaves what is shown. Returns 0 after SIGTERM, 1 without a screen or when it goes away, 2 for words it cannot use.
#include <iosfwd>
#include <string>
#include <vector>

#include "net/tlcp_stream.h"

namespace kw::window {

/// agent_of finds the agent's address in the words: invalid without --app, or where it is no address of this machine's
/// loopback. PURE.
Result<net::Target> agent_of(const std::vector<std::string>& words);
int notice_main(const std::vector<std::string>& words, std::ostream& err);

}  // namespace kw::window

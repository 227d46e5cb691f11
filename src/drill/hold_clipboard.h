#pragma once
// hold_clipboard owns the selection CLIPBOARD of an X screen, as a program does in which somebody copied a text, and
// serves it until somebody else takes it, the screen goes, or the other end of the pipe `life` is closed.
//
// Blocks; `held` is called once the selection is owned. Errc::unavailable: no such screen, conflict: the selection was
// not given. For a process of one thread. Source: ICCCM, section 2.
#include <functional>
#include <string>

#include "base/result.h"

namespace kw::drill {

Result<> hold_clipboard(const std::string& display, const std::string& text, int life,
                        const std::function<void()>& held);

}  // namespace kw::drill

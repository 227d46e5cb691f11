#pragma once
// command_text shows a command line as evidence without what could be somebody's: it keeps words that name programs,
// options and paths, and puts '#' for five digits and more, '?' for what is not ASCII, "..." for an address's query and
// for what a word has beyond 64 octets, and "<address>" for words with '@'.
//
// At most kMostCommand octets. PURE.
#include <string>
#include <string_view>

namespace kw::device {

inline constexpr std::size_t kMostCommand = 200;
/// `arguments` are separated by zero octets, as in /proc/PID/cmdline.
[[nodiscard]] std::string command_text(std::string_view arguments);

}  // namespace kw::device

#pragma once
// read_process looks at one process in /proc, as section "host" judges it: about 40 microseconds.
//
// parse_process_stat and parse_process_status read proc_pid_stat(5) and proc_pid_status(5). PURE; the reader touches
// /proc only. Thread-safe.
#include <optional>
#include <string_view>

#include "device/host/processes.h"

namespace kw::platform {

/// read_process: nothing where the process has gone.
[[nodiscard]] std::optional<device::ProcessFacts> read_process(int pid);
struct ProcessGlance {
  device::ProcessFacts facts;
  std::uint64_t stack = 0;  // where its stack begins; 0: none, or the kernel does not tell
};
/// glance_at_process reads what may change while a process runs: all but its command line and login.
[[nodiscard]] std::optional<ProcessGlance> glance_at_process(int pid);
/// complete reads the rest.
void complete(device::ProcessFacts& facts);
/// read_tracer is the tracer alone: one file, where read_process takes six. 0: none, or it has gone.
[[nodiscard]] int read_tracer(int pid);

/// parse_process_stat fills in pid, parent, name, session, terminal, start and whether it is the kernel's; false where
/// the text has another form.
[[nodiscard]] bool parse_process_stat(std::string_view text, device::ProcessFacts& out);
/// parse_process_status fills in the users and the tracer.
[[nodiscard]] bool parse_process_status(std::string_view text, device::ProcessFacts& out);
/// stack_of_stat is field 28 of the same text; 0 where it has none.
[[nodiscard]] std::uint64_t stack_of_stat(std::string_view text);
/// terminal_name gives "pts/3", "tty1", "ttyS0"; "major:minor" for others, empty for 0.
[[nodiscard]] std::string terminal_name(std::uint32_t device);

}  // namespace kw::platform

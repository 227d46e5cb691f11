#pragma once
// search looks for canaries where a session may have left them, one place after the other, into one tally.
//
//   memory       every page that is there or swapped, of every readable mapping of each process
//   segments     System V shared memory, whoever has it
//   open_files   files without a name that such a process still holds
//   tmpfs        names and contents of every file of every file system in memory
//   logs, state  the same of directories on disks
//   swap, blocks devices and swap files as they are, bounded and at a rate
//
// What cannot be read is counted and named. A hit is named by place, part and offset: a process's number and name, a
// mount and an inode, a device; never a file's name. Needs root with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH. The
// searching process is left out. Source: proc_pid_mem(5), proc_pid_pagemap(5).
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "device/drill/needles.h"
#include "device/drill/report.h"

namespace kw::drill {

namespace v1 = ::kioskward::v1;

struct SearchTools {
  const device::Needles& needles;
  device::DrillTally& tally;
  /// breathe is called between pieces, with how long to rest; an error ends the search.
  std::function<Result<>(Duration rest)> breathe;
};

/// processes_of gives `agent` and what descends from it, whatever these users run, and the X servers: without this one.
[[nodiscard]] std::vector<int> processes_of(int agent, const std::set<std::uint32_t>& users);
Result<> search_memory(const SearchTools& tools, const std::vector<int>& processes);
Result<> search_segments(const SearchTools& tools);
Result<> search_open_files(const SearchTools& tools, const std::vector<int>& processes);
/// search_tree reads what lies below a directory, or a file; other file systems are not entered.
Result<> search_tree(const SearchTools& tools, const std::string& place, const std::string& top);
Result<> search_tmpfs(const SearchTools& tools);
struct BlockLimits {
  std::uint64_t octets = 0;  // of each device
  std::uint64_t octets_a_second = 0;
};
/// search_blocks reads the devices below these places; `places` that lie in memory are left to search_tmpfs.
Result<> search_blocks(const SearchTools& tools, const std::vector<std::string>& places, BlockLimits limits);
Result<> search_swap(const SearchTools& tools, BlockLimits limits);

}  // namespace kw::drill

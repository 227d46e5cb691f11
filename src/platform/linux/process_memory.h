#pragma once
// keep_heap_small, give_heap_back and let_go_of_code hold what this process keeps in memory near what it uses: it runs
// for months, and its start, learning and walks over all files take many times that.
//
// malloc gives free memory back by madvise(MADV_DONTNEED), which the kernel refuses for locked pages (stay_in_memory):
// whatever a walk took would stay for good. So there is one arena, which shrinks by brk; large pieces are mappings of
// their own; and what is free between used pieces is given back with the lock off for a moment.
#include "base/result.h"

namespace kw::platform {

/// keep_heap_small is for the start of the program, before its first thread.
void keep_heap_small();

/// give_heap_back gives free pages of the heap back, and locks again what was locked; the error says that this was
/// refused. About a millisecond; any thread, but not at the same time as stay_in_memory.
Result<> give_heap_back();

/// let_go_of_code unmaps the code of program and libraries; the page cache keeps it, and what is used comes back as it
/// is used. For a process that is not locked, once its start is over. Any thread.
void let_go_of_code();

}  // namespace kw::platform

#include "platform/linux/first_network.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <system_error>
#include <thread>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/process_reader.h"

namespace kw::platform {

namespace {

// kthreadd, which nobody but the kernel made: its parent is 0.
bool is_kernel_thread(int pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  device::ProcessFacts facts;
  return text && parse_process_stat(text_of(*text), facts) && facts.parent == 0 && program_path(pid).empty();
}

}  // namespace

Result<UniqueFd> in_first_network(const std::function<Result<UniqueFd>()>& make) {
  const UniqueFd first(is_kernel_thread(2) ? ::open("/proc/2/ns/net", O_RDONLY | O_CLOEXEC) : -1);
  struct stat there {
  }, here{};
  if (!first || ::fstat(first.get(), &there) != 0 || ::stat("/proc/thread-self/ns/net", &here) != 0 ||
      (there.st_ino == here.st_ino && there.st_dev == here.st_dev))
    return make();
  Result<UniqueFd> out = fail(Errc::internal, "namespace");
  try {
    std::thread([&] {
      if (::setns(first.get(), CLONE_NEWNET) != 0)
        out = fail_os("enter the first network namespace");
      else
        out = make();
    }).join();
  } catch (const std::system_error& error) {
    return fail(Errc::unavailable, std::string("no thread: ") + error.what());
  }
  return out;
}

}  // namespace kw::platform

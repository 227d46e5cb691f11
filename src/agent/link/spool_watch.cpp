#include "agent/link/spool_watch.h"

#include <sys/inotify.h>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

Result<> SpoolWatch::start(std::function<void()> removed) {
  platform::UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return platform::fail_os("inotify");
  constexpr std::uint32_t kGone = IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(fd.get(), directory_.c_str(), kGone) < 0) return platform::fail_os("watch " + directory_);
  removed_ = std::move(removed);
  stream_.assign(fd.release());
  wait();
  return {};
}

void SpoolWatch::stop() {
  *alive_ = false;
  boost::system::error_code ignored;  // closing twice is closed
  stream_.close(ignored);
}

void SpoolWatch::wait() {
  // What exactly happened does not matter: the spool compares.
  stream_.async_read_some(boost::asio::buffer(events_),
                          [this, alive = alive_](const boost::system::error_code& ec, std::size_t) {
                            if (ec || !*alive) return;
                            removed_();
                            if (*alive && stream_.is_open()) wait();
                          });
}

}  // namespace kw::agent

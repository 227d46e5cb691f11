#include "agent/link/spool_watch.h"

#include <sys/inotify.h>

#include <boost/asio/post.hpp>
#include <filesystem>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

Result<> SpoolWatch::start(std::function<void()> removed) {
  platform::UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return platform::fail_os("inotify");
  // Above it too: of a directory that is removed while it is open, as the spool's is, it tells nothing itself.
  constexpr std::uint32_t kGone = IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  const auto above = std::filesystem::path(directory_).parent_path().string();
  for (const auto& path : {directory_, above.empty() ? std::string(".") : above})
    if (::inotify_add_watch(fd.get(), path.c_str(), kGone) < 0) return platform::fail_os("watch " + path);
  removed_ = std::move(removed);
  stream_.assign(fd.release());
  wait();
  // What went before the watch began has no event.
  boost::asio::post(stream_.get_executor(), [this, alive = alive_] {
    if (*alive) removed_();
  });
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

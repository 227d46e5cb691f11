#pragma once
// SpoolWatch calls when something is removed from the spool's directory or the one above, and once after its start.
//
// The spool removes files of its own when the platform has their events: the caller asks Spool::missing() whether it
// was that. One thread: the executor's.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>

#include "base/result.h"

namespace kw::agent {

class SpoolWatch {
 public:
  SpoolWatch(const boost::asio::any_io_executor& executor, std::string directory)
      : directory_(std::move(directory)), stream_(executor) {}
  Result<> start(std::function<void()> removed);
  void stop();

 private:
  void wait();
  std::string directory_;
  boost::asio::posix::stream_descriptor stream_;
  std::function<void()> removed_;
  std::array<char, 4096> events_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent

#pragma once
// FolderWatch finds the folders below some places, now and as they come (inotify(7)).
//
//   watch.start([](const std::string& folder) { return mark(folder); });
//   watch.add("/var/spool/cups");        each folder is told once it is watched, so that none below it is missed
//
// Folders on other file systems that are mounted below are followed too; symbolic links are not. `told` is called on
// the caller's thread from add() and on a thread of the watch's own later, never at the same time.
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class FolderWatch {
 public:
  static constexpr std::size_t kMostFolders = 4096;
  using Told = std::function<Result<>(const std::string& folder)>;
  ~FolderWatch() { stop(); }

  Result<> start(Told told);
  void stop();
  /// add may be repeated. Errc::not_found, not_permitted; too_large: not all folders are watched; and what `told` says.
  Result<> add(const std::string& place);

 private:
  class Reader;
  Result<> take(const std::string& folder, int depth);
  std::mutex mutex_;
  UniqueFd inotify_;
  Told told_;
  std::map<int, std::string> folders_;  // by watch descriptor
  SensorThread thread_;                 // last: it uses the others
};

}  // namespace kw::platform

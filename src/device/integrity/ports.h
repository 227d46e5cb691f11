#pragma once
// FileWatch and FileSource are the machine's side of section "integrity": who touches which file, and what files are.
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "device/actor.h"
#include "device/integrity/globs.h"
#include "device/integrity/key_files.h"

namespace kw::device {

struct FileTouched {
  std::string path;
  Actor by;
  bool folder = false;  // a folder came or went: everything below is to be looked at
  bool open = false;    // only written so far, not closed: look at it a little later
};
/// Touches were lost: everything is to be looked at.
struct FilesLost {
  std::uint64_t times = 0;
};
using FileNews = std::variant<FileTouched, FilesLost>;

class FileWatch {
 public:
  using Sink = std::function<void(FileNews)>;
  virtual ~FileWatch() = default;
  /// start tells touches of what `globs` name, on a thread of the watch's own. Errc::unsupported: the file system of
  /// some root tells no names; the others are watched all the same, and the detail names it.
  virtual Result<> start(std::shared_ptr<const PathGlobs> globs, Sink sink) = 0;
  virtual void stop() = 0;
  /// stale: something was mounted over, or taken from, what is watched. The watch sees what it was started on; start it
  /// again.
  [[nodiscard]] virtual bool stale() const = 0;
};

struct PassOptions {
  unsigned threads = 1;
  std::uint64_t octets_per_second = 0;  // 0: no bound
};
struct PassProgress {
  std::size_t done = 0, total = 0;
};
struct PassTotals {
  std::size_t files = 0, failed = 0;  // failed: could not be read
};

class FileSource {
 public:
  using Visit = std::function<void(const std::string& path, const std::optional<FileState>& state)>;
  virtual ~FileSource() = default;
  /// state tells a path as it is; nothing: it is not there.
  virtual Result<std::optional<FileState>> state(const std::string& path) = 0;
  virtual Result<Bytes> content(const std::string& path, std::size_t most) = 0;
  /// canonical follows symbolic links; a path that is not there stays as it is.
  virtual std::string canonical(const std::string& path) = 0;
  /// pass looks at all that `globs` name and at `known`. `visit` and `progress` come from several
  /// threads, one at a time. Errc::cancelled once `stop` says so. Takes long; any thread.
  virtual Result<PassTotals> pass(const PathGlobs& globs, const std::vector<std::string>& known,
                                  const PassOptions& options, const Visit& visit,
                                  const std::function<void(const PassProgress&)>& progress,
                                  const std::function<bool()>& stop) = 0;
  /// restore puts a key file in place, whole or not at all, and reads it back. What stands in the way (a mount, a link,
  /// the immutable flag) is taken away.
  virtual Result<> restore(const std::string& path, const KeyFileContent& file) = 0;
};

}  // namespace kw::device

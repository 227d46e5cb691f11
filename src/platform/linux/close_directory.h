#pragma once
// CloseDirectory is the deleter of a stream of a directory's entries.
#include <dirent.h>

namespace kw::platform {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace kw::platform

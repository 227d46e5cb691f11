#pragma once
// LinuxFiles looks at files of this machine: one, or all that globs name, with several threads and a bound on speed.
//
// Small files are read whole and hashed side by side (crypto::sm3_many); larger ones one after the other. Threads of a
// pass run at idle priority for processor and disk. Thread-safe.
#include "device/integrity/ports.h"

namespace kw::platform {

class LinuxFiles final : public device::FileSource {
 public:
  static constexpr std::size_t kMostPaths = 1'000'000;

  Result<std::optional<device::FileState>> state(const std::string& path) override;
  Result<Bytes> content(const std::string& path, std::size_t most) override;
  std::string canonical(const std::string& path) override;
  Result<device::PassTotals> pass(const device::PathGlobs& globs, const std::vector<std::string>& known,
                                  const device::PassOptions& options, const Visit& visit,
                                  const std::function<void(const device::PassProgress&)>& progress,
                                  const std::function<bool()>& stop) override;
  Result<> restore(const std::string& path, const device::KeyFileContent& file) override;
};

/// list_paths walks from the globs' roots without following symbolic links, and gives what they name, sorted.
[[nodiscard]] Result<std::vector<std::string>> list_paths(const device::PathGlobs& globs,
                                                          const std::function<bool()>& stop);

}  // namespace kw::platform

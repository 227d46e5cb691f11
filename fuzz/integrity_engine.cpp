// links: device
// Any order of looks at a few files: what stands is what differs from the baseline, and a key file's version only
// rises.
#include <cstdlib>

#include "device/integrity/deviations.h"
#include "device/integrity/key_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kw::device;
  const FileState right{{1}, 0100644, 0, 0}, wrong{{2}, 0100644, 0, 0};
  auto baseline = std::make_shared<Manifest>();
  baseline->files = {{"/f0", right}, {"/f1", right}};
  Deviations engine;
  engine.use(baseline, std::make_shared<PathGlobs>(std::vector<std::string>{"/*"}, std::vector<std::string>{}));
  std::map<std::string, bool> differs;
  KeyFiles keys;
  std::uint64_t newest = 0;
  for (std::size_t i = 0; i + 1 < size && i < 4096; i += 2) {
    const auto path = "/f" + std::to_string(data[i] % 4);
    const auto now = data[i + 1] % 3 == 0 ? std::nullopt : std::optional(data[i + 1] % 3 == 1 ? right : wrong);
    (void)engine.seen(path, now, std::chrono::seconds(i));
    differs[path] = now != (data[i] % 4 < 2 ? std::optional(right) : std::nullopt);
    if (keys.offer("/k", {data[i + 1], {data[i]}}) && data[i + 1] < newest) std::abort();
    newest = keys.find("/k")->version;
  }
  std::size_t standing = 0;
  for (const auto& [path, differing] : differs) standing += differing ? 1 : 0;
  return standing == engine.standing() && KeyFiles::parse(keys.serialise()) ? 0 : (std::abort(), 1);
}

// links: device
// dpkg's status, a Packages index or a Release file of any octets: bounded answers, and an order of versions that is
// one.
#include "device/system/control_file.h"

#include <cstdlib>

#include "device/system/packages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // libFuzzer's octets as text
  auto installed = kw::device::parse_installed(text);
  kw::device::add_index(text, 0, installed);
  kw::device::PackagesSeen seen;
  seen.repositories = {kw::device::parse_release("fuzz", text)};
  seen.indexes = 1;
  kw::device::judge_packages(installed, {"Debian"}, seen);
  std::string last;
  for (const auto& [name, package] : installed) {
    if (kw::device::compare_versions(package.version, package.version) != 0) std::abort();
    if (kw::device::compare_versions(package.version, last) != -kw::device::compare_versions(last, package.version))
      std::abort();
    last = package.version;
  }
  return 0;
}

#pragma once
// parse_md5sums and parse_diversions read what dpkg keeps of installed packages: which files, with which MD5, and where
// a file stands whose place another package took (dpkg-divert(1)).
//
// PURE. MD5 is dpkg's; it tells a file that was not changed since it was installed from one that was, and is no proof
// against somebody who can write dpkg's own lists.
#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::device {

struct PackageFile {
  std::array<Byte, 16> md5{};
  std::string path;  // absolute
};
/// parse_md5sums: lines "<32 hex>  <path without the first slash>". Errc::malformed names the line; too_large above
/// kMostPackageFiles.
inline constexpr std::size_t kMostPackageFiles = 200'000;
[[nodiscard]] Result<std::vector<PackageFile>> parse_md5sums(std::string_view text);

struct Diversion {
  std::string to, by;  // by: the package that took the place; ":" for the local administrator
};
/// parse_diversions: three lines each: the place, where its file went, for whom. By the place.
[[nodiscard]] Result<std::map<std::string, Diversion>> parse_diversions(std::string_view text);

/// looks_like_program: an ELF file, something with "#!", something that may be run, or a script by its name.
[[nodiscard]] bool looks_like_program(std::string_view path, unsigned mode, ByteView head,
                                      const std::vector<std::string>& suffixes);
/// is_loader: the dynamic loader, which runs what it is told to ("ld.so PROGRAM").
[[nodiscard]] bool is_loader(std::string_view path);

}  // namespace kw::device

#pragma once
// judge_packages compares what is installed with what signed repositories offer: origin, and what waits to be upgraded.
//
//   Installed installed = parse_installed(dpkg status);  for (index : indexes) add_index(...);  judge_packages(...)
//
// A package whose name no repository knows, or whose version is above every offered one, has no known origin. Source:
// dpkg's status file, apt's Packages and Release files (deb822(5), Debian wiki RepositoryFormat). PURE.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace kw::device {

struct Repository {
  std::string name;    // of the Release file, for people
  std::string origin;  // "Debian"
  bool is_signed = false;
  Timestamp date;  // of its metadata; 0 where it does not say
};
/// parse_release reads Release or InRelease; `is_signed` is the caller's to say for Release files.
[[nodiscard]] Repository parse_release(std::string_view name, std::string_view text);

struct Offered {
  std::string version;
  std::size_t repository = 0;
};
struct InstalledPackage {
  std::string version;
  std::vector<Offered> offered;
};
/// By "name:architecture"; packages of architecture "all" are offered under every one.
using Installed = std::map<std::string, InstalledPackage, std::less<>>;

/// parse_installed reads dpkg's status: what is installed, or half so.
[[nodiscard]] Installed parse_installed(std::string_view status);
/// add_index notes what one Packages index offers of the installed packages.
void add_index(std::string_view packages, std::size_t repository, Installed& to);

struct WaitingUpgrade {
  std::string package, installed, candidate;
  Timestamp published;  // date of the metadata that has the candidate
};
struct PackagesSeen {
  std::size_t installed = 0, indexes = 0;
  std::vector<Repository> repositories;
  std::vector<std::string> unknown;  // "name version": no repository has it
  std::vector<std::string> foreign;  // "name version (origin)": only repositories of origins that policy does not name
  std::vector<WaitingUpgrade> waiting;
  std::vector<std::string> loose;    // sources that let go of signatures
  std::vector<std::string> missing;  // what could not be read
};
/// judge_packages fills unknown, foreign and waiting; without any index it says nothing of origin (`indexes` is 0).
void judge_packages(const Installed& installed, const std::set<std::string>& origins, PackagesSeen& out);

}  // namespace kw::device

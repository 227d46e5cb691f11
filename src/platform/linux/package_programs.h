#pragma once
// PackagePrograms learns programs from what dpkg installed: paths from its lists, digests from the disk, and only where
// the content is still what the package brought.
//
// One pass over the files, on the caller's thread; a program is read once for both digests. Errors of single files
// leave them out; a damaged list of dpkg is an error of the whole.
#include "device/programs/packages.h"
#include "device/programs/ports.h"

namespace kw::platform {

class PackagePrograms final : public device::ProgramSource {
 public:
  struct Options {
    std::string root{};  // in front of every path, for fixtures
  };
  explicit PackagePrograms(Options options) : options_(std::move(options)) {}
  PackagePrograms() : PackagePrograms(Options{}) {}

  Result<device::LearntPrograms> learn(const Wanted& wanted, const std::function<bool()>& stop) override;
  Result<crypto::Digest> digest(const std::string& path) override;

 private:
  Result<> learn_package(const std::string& list, const Wanted& wanted,
                         const std::map<std::string, device::Diversion>& diversions, device::LearntPrograms& out) const;
  Result<> learn_tree(const std::string& path, const Wanted& wanted, const std::function<bool()>& stop,
                      device::LearntPrograms& out) const;

  Options options_;
};

}  // namespace kw::platform

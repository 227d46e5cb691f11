// What is installed, and what apt's lists say of it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "platform/linux/durable_file.h"
#include "platform/linux/linux_system_port.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using device::PackagesSeen;

constexpr std::size_t kMostStatus = std::size_t{64} << 20;
constexpr std::size_t kMostIndex = std::size_t{256} << 20;  // Debian's main has 50 MiB
constexpr std::size_t kMostRelease = std::size_t{8} << 20;
constexpr std::size_t kMostLists = 256;

std::vector<std::string> names_in(const fs::path& directory, std::vector<std::string>& missing) {
  std::vector<std::string> out;
  std::error_code error;
  fs::directory_iterator at(directory, error);
  if (error) missing.push_back(directory.filename().native());
  for (const fs::directory_iterator end; !error && at != end && out.size() < kMostLists; at.increment(error))
    out.push_back(at->path().filename().native());
  std::ranges::sort(out);
  return out;
}

/// Paragraphs hands an index over in pieces that end between paragraphs: Debian's has 50 MiB, a kiosk little memory.
template <class Take>
class Paragraphs {
 public:
  explicit Paragraphs(const Take& take) : take_(take) {}
  Result<> feed(std::string_view part) {
    text_ += part;
    if (text_.size() < kPart) return {};
    const auto end = text_.rfind("\n\n");
    if (end == std::string::npos)
      return text_.size() > kMostParagraph ? fail(Errc::malformed, "no paragraphs") : Result<>{};
    take_(std::string_view(text_).substr(0, end + 2));
    text_.erase(0, end + 2);
    return {};
  }
  void end() { take_(std::string_view(text_)); }

 private:
  static constexpr std::size_t kPart = std::size_t{256} << 10, kMostParagraph = std::size_t{8} << 20;
  const Take& take_;
  std::string text_;
};

/// read_index reads a Packages file; one that apt keeps compressed is unpacked by apt.
template <class Take>
Result<> read_index(const std::string& path, const Take& take) {
  Paragraphs paragraphs(take);
  if (path.ends_with("_Packages")) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return fail_os("open " + path);
    std::array<char, 32768> part;
    for (std::size_t all = 0;;) {
      const auto n = ::read(fd.get(), part.data(), part.size());
      if (n < 0) return fail_os("read " + path);
      if (n == 0) break;
      all += static_cast<std::size_t>(n);
      if (all > kMostIndex) return fail(Errc::too_large, path);
      KW_CHECK(paragraphs.feed({part.data(), static_cast<std::size_t>(n)}));
    }
  } else {
    ProcessRequest request;
    request.arguments = {"/usr/lib/apt/apt-helper", "cat-file", path};
    request.deadline = std::chrono::seconds(20);
    request.most_output = kMostIndex;
    request.take = [&](std::string_view part) { return paragraphs.feed(part); };
    KW_TRY(const auto done, run_process(request));
    if (done.exit_code != 0) return fail(Errc::io, "apt-helper ended with " + std::to_string(done.exit_code));
  }
  paragraphs.end();
  return {};
}

/// repository_of finds the Release file that an index belongs to: the one whose name its own begins with.
std::optional<std::size_t> repository_of(const std::string& index, const std::vector<std::string>& stems) {
  for (std::size_t i = 0; i < stems.size(); ++i)
    if (index.starts_with(stems[i])) return i;
  return std::nullopt;
}

void read_releases(const fs::path& lists, const std::vector<std::string>& names, PackagesSeen& out,
                   std::vector<std::string>& stems) {
  for (const auto& name : names) {
    const auto end = name.rfind('_');
    const auto kind = end == std::string::npos ? std::string() : name.substr(end + 1);
    if (kind != "InRelease" && kind != "Release") continue;
    const auto octets = read_file((lists / name).native(), kMostRelease);
    if (!octets) {
      out.missing.push_back(name);
      continue;
    }
    auto repository = device::parse_release(name.substr(0, end), text_of(*octets));
    // apt keeps a detached signature only where it has verified it.
    if (kind == "Release") repository.is_signed = std::ranges::find(names, name + ".gpg") != names.end();
    out.repositories.push_back(std::move(repository));
    stems.push_back(name.substr(0, end + 1));
  }
}

void read_sources(const fs::path& apt, PackagesSeen& out) {
  std::vector<fs::path> files{apt / "sources.list"};
  std::vector<std::string> none;
  for (const auto& name : names_in(apt / "sources.list.d", none))
    if (name.ends_with(".list") || name.ends_with(".sources")) files.push_back(apt / "sources.list.d" / name);
  for (const auto& file : files)
    if (const auto octets = read_file(file.native(), kMostRelease))
      for (auto& one : device::unsigned_options(text_of(*octets))) out.loose.push_back(std::move(one));
}

}  // namespace

Result<PackagesSeen> read_packages(const std::string& root, const std::set<std::string>& origins,
                                   const device::SystemPort::Stop& stop) {
  PackagesSeen out;
  KW_TRY(const auto status, read_file(root + "/var/lib/dpkg/status", kMostStatus));
  auto installed = device::parse_installed(text_of(status));
  const auto lists = fs::path(root) / "var/lib/apt/lists";
  const auto names = names_in(lists, out.missing);
  std::vector<std::string> stems;
  read_releases(lists, names, out, stems);
  for (const auto& name : names) {
    if (name.find("_Packages") == std::string::npos) continue;
    if (stop()) return fail(Errc::cancelled, "packages");
    const auto repository = repository_of(name, stems);
    const auto read = !repository ? Result<>(fail(Errc::not_found, "no Release file"))
                                  : read_index((lists / name).native(), [&](std::string_view part) {
                                      device::add_index(part, *repository, installed);
                                    });
    if (read)
      ++out.indexes;
    else
      out.missing.push_back(name + ": " + read.error().text());
  }
  read_sources(fs::path(root) / "etc/apt", out);
  device::judge_packages(installed, origins, out);
  return out;
}

}  // namespace kw::platform

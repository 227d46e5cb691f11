#include "platform/linux/package_programs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "crypto/md5.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/file_digests.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

constexpr auto kInfo = "/var/lib/dpkg/info";
constexpr std::size_t kMostList = std::size_t{64} << 20;
constexpr std::size_t kMostChanged = 1000;

struct Read {
  crypto::Digest sm3{};
  std::array<Byte, 16> md5{};
};

// Nothing where the path is no program: it is not read then.
std::optional<Read> read_program(const std::string& path, const std::string& shown,
                                 const std::vector<std::string>& suffixes, bool with_md5) {
  const auto fd = open_to_read(path);
  if (!fd) return std::nullopt;
  const auto look = look_at(fd.get());
  if (!look || !S_ISREG(look->mode)) return std::nullopt;
  std::array<Byte, std::size_t{32} << 10> part;  // filled by each read
  crypto::Sm3 sm3;
  crypto::Md5 md5;
  for (off_t at = 0;;) {
    const auto n = ::pread(fd.get(), part.data(), part.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    const ByteView got(part.data(), static_cast<std::size_t>(n));
    if (at == 0 &&
        !device::looks_like_program(shown, look->mode, got.first(std::min<std::size_t>(got.size(), 4)), suffixes))
      return std::nullopt;
    if (n == 0) break;
    sm3.update(got);
    if (with_md5 && !md5.update(got)) return std::nullopt;
    at += n;
  }
  Read out;
  out.sm3 = sm3.finish();
  if (with_md5) {
    const auto digest = md5.finish();
    if (!digest) return std::nullopt;
    out.md5 = *digest;
  }
  return out;
}

}  // namespace

Result<crypto::Digest> PackagePrograms::digest(const std::string& path) {
  const UniqueFd fd(::open((options_.root + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_os("open " + path);
  return digest_of(fd.get());
}

Result<> PackagePrograms::learn_package(const std::string& list, const Wanted& wanted,
                                        const std::map<std::string, device::Diversion>& diversions,
                                        device::LearntPrograms& out) const {
  KW_TRY(const auto text, read_file(options_.root + kInfo + "/" + list, kMostList));
  auto files = device::parse_md5sums(text_of(text));
  if (!files) return Result<>(files.error().within(list));
  const auto package = list.substr(0, list.find_first_of(":"));
  const auto name = package.ends_with(".md5sums") ? package.substr(0, package.size() - 8) : package;
  for (const auto& file : *files) {
    auto path = file.path;
    if (const auto at = diversions.find(path); at != diversions.end() && at->second.by != name) path = at->second.to;
    const auto read = read_program(options_.root + path, path, wanted.suffixes, true);
    if (!read) continue;
    if (read->md5 == file.md5)
      out.programs.push_back({read->sm3, path, device::is_loader(path)});
    else if (out.changed.size() < kMostChanged)
      out.changed.push_back(path);
  }
  return {};
}

Result<> PackagePrograms::learn_tree(const std::string& path, const Wanted& wanted, const std::function<bool()>& stop,
                                     device::LearntPrograms& out) const {
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(options_.root + path, kOptions, error), end; !error && at != end;
       at.increment(error)) {
    if (stop()) return fail(Errc::cancelled);
    const auto shown = at->path().native().substr(options_.root.size());
    if (const auto read = read_program(at->path().native(), shown, wanted.suffixes, false))
      out.programs.push_back({read->sm3, shown, device::is_loader(shown)});
  }
  if (error) return fail(Errc::io, "learn from " + path + ": " + error.message());
  return {};
}

Result<device::LearntPrograms> PackagePrograms::learn(const Wanted& wanted, const std::function<bool()>& stop) {
  device::LearntPrograms out;
  std::map<std::string, device::Diversion> diversions;
  if (const auto text = read_file(options_.root + "/var/lib/dpkg/diversions", kMostList)) {
    KW_TRY(diversions, device::parse_diversions(text_of(*text)));
  }
  std::set<std::string> lists;
  std::error_code error;
  for (fs::directory_iterator at(options_.root + kInfo, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".md5sums") lists.insert(at->path().filename().native());
  for (const auto& list : lists) {
    if (stop()) return fail(Errc::cancelled);
    KW_CHECK(learn_package(list, wanted, diversions, out));
  }
  for (const auto& path : wanted.paths) KW_CHECK(learn_tree(path, wanted, stop, out));
  for (const auto& path : wanted.interpreters)
    if (const auto found = digest(path)) out.interpreters.push_back(*found);
  std::ranges::sort(out.interpreters);
  for (auto& program : out.programs)
    program.interpreter = program.interpreter || std::ranges::binary_search(out.interpreters, program.digest);
  return out;
}

}  // namespace kw::platform

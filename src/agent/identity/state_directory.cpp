#include "agent/identity/state_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"

namespace kw::agent {
namespace {

constexpr std::array<std::string_view, 18> kNames = {
    "ca.pem",      "enrolment",   "identity",   "policy",       "cut",        "orders",
    "gateway_mac", "clean",       "running",    "liveness.key", "shield",     "tpm",
    "persons",     "persons.pin", "device.key", "spool.key",    "checkpoint", "guard_lost"};

std::string name_of(StateFile file) { return std::string(kNames.at(static_cast<std::size_t>(file))); }

/// What the versions before the link process kept beside the guard's files. A move that a crash interrupts goes on at
/// the next start: every step is one rename.
Result<> move_to_link(const std::string& path, const std::string& link) {
  for (const std::string name : {"device.key", "spool.key", "checkpoint", "spool"}) {
    const auto from = path + "/" + name, to = link + "/" + name;
    if (::access(from.c_str(), F_OK) != 0) continue;
    if (::rename(from.c_str(), to.c_str()) != 0) return platform::fail_os("move " + from + " to " + to);
  }
  if (::unlink((path + "/agent.sock").c_str()) != 0 && errno != ENOENT) return platform::fail_os("old status socket");
  return {};
}

}  // namespace

bool is_links(StateFile file) noexcept { return file >= StateFile::device_key; }

Result<StateDirectory> StateDirectory::open(std::string path) {
  KW_CHECK(platform::make_private_dir(path));
  auto link = path + "/link";
  if (::mkdir(link.c_str(), 0700) != 0 && errno != EEXIST) return platform::fail_os("make " + link);
  KW_CHECK(move_to_link(path, link));
  return StateDirectory(std::move(path), std::move(link));
}

Result<StateDirectory> StateDirectory::open_links(std::string path) {
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return platform::fail_os("use " + path);
  return StateDirectory({}, std::move(path));
}

std::string StateDirectory::path(StateFile file) const {
  return (is_links(file) ? link_ : path_) + "/" + name_of(file);
}

Result<std::optional<Bytes>> StateDirectory::read_disk(StateFile file) const {
  const std::size_t most = file == StateFile::policy ? 2U << 20 : 256U << 10;
  auto octets = is_links(file) ? platform::read_file_itself(path(file), most) : platform::read_file(path(file), most);
  if (octets) return std::optional(std::move(*octets));
  if (octets.code() == Errc::not_found) return std::optional<Bytes>{};
  return octets.error();
}

Result<std::optional<Bytes>> StateDirectory::read(StateFile file) const {
  if (is_links(file)) return read_disk(file);
  if (path_.empty()) return fail(Errc::forbidden, name_of(file) + " is the guard's");
  if (kept_) return kept_->at(file);
  return read_disk(file);
}

Result<> StateDirectory::write_disk(StateFile file, ByteView octets) const {
  if (!is_links(file)) return platform::write_file_durably(path(file), octets, 0600);
  struct stat facts{};
  if (::stat(link_.c_str(), &facts) != 0) return platform::fail_os("stat " + link_);
  if (facts.st_uid == ::geteuid()) return platform::write_file_durably(path(file), octets, 0600);
  return platform::write_file_durably_for({facts.st_uid, facts.st_gid}, path_, path(file), octets, 0600);
}

Result<> StateDirectory::write(StateFile file, ByteView octets) const {
  if (!is_links(file) && path_.empty()) return fail(Errc::forbidden, name_of(file) + " is the guard's");
  KW_CHECK(write_disk(file, octets));
  if (kept_ && !is_links(file)) (*kept_)[file] = copy(octets);
  return {};
}

Result<> StateDirectory::remove(StateFile file) const {
  if (!is_links(file) && path_.empty()) return fail(Errc::forbidden, name_of(file) + " is the guard's");
  KW_CHECK(platform::remove_file_durably(path(file)));
  if (kept_ && !is_links(file)) (*kept_)[file].reset();
  return {};
}

Result<> StateDirectory::keep() {
  auto all = std::make_shared<std::map<StateFile, std::optional<Bytes>>>();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto file = static_cast<StateFile>(i);
    if (is_links(file)) continue;
    KW_TRY((*all)[file], read_disk(file));
  }
  kept_ = std::move(all);
  return {};
}

std::vector<StateDirectory::Mended> StateDirectory::mend() const {
  std::vector<Mended> out;
  if (!kept_) return out;
  for (const auto& [file, wanted] : *kept_) {
    auto found = read_disk(file);
    if (found && *found == wanted) continue;
    Mended mended{path(file), wanted, found ? *found : std::nullopt, false};
    auto done = platform::make_private_dir(path_);  // the whole directory may be gone
    if (done) done = wanted ? write_disk(file, *wanted) : platform::remove_file_durably(path(file));
    mended.restored = done.has_value();
    out.push_back(std::move(mended));
  }
  return out;
}

}  // namespace kw::agent

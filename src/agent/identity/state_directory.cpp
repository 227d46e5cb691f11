#include "agent/identity/state_directory.h"

#include <array>
#include <string_view>

#include "platform/linux/durable_file.h"

namespace kw::agent {
namespace {
constexpr std::array<std::string_view, 11> kNames = {"device.key", "spool.key",   "ca.pem", "enrolment",
                                                     "identity",   "checkpoint",  "policy", "cut",
                                                     "orders",     "gateway_mac", "clean"};
}

Result<StateDirectory> StateDirectory::open(std::string path) {
  KW_CHECK(platform::make_private_dir(path));
  return StateDirectory(std::move(path));
}

std::string StateDirectory::path(StateFile file) const {
  return path_ + "/" + std::string(kNames.at(static_cast<std::size_t>(file)));
}

Result<std::optional<Bytes>> StateDirectory::read(StateFile file) const {
  auto octets = platform::read_file(path(file), file == StateFile::policy ? 2U << 20 : 256U << 10);
  if (octets) return std::optional(std::move(*octets));
  if (octets.code() == Errc::not_found) return std::optional<Bytes>{};
  return octets.error();
}

Result<> StateDirectory::write(StateFile file, ByteView octets) const {
  return platform::write_file_durably(path(file), octets, 0600);
}

Result<> StateDirectory::remove(StateFile file) const { return platform::remove_file_durably(path(file)); }

}  // namespace kw::agent

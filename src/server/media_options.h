#pragma once
// MediaOptions is how long recordings stay and how much room they have.
#include <cstdint>

namespace kw::server {

struct MediaOptions {
  std::uint64_t retention_days = 30;
  std::uint64_t most_device_octets = 1ULL << 30;
  std::uint64_t most_octets = 10ULL << 30;
};

}  // namespace kw::server

#pragma once
// write_private and read_private keep files that only the platform's own user may read (mode 0600), replaced
// atomically.
#include <filesystem>

#include "base/secret.h"

namespace kw::server {

inline constexpr std::size_t kMostSmallFile = 64UL * 1024;

/// write_private writes a temporary file of mode 0600, syncs it, renames it over `path` and syncs the directory.
Result<> write_private(const std::filesystem::path& path, ByteView octets);
/// write_public does the same with mode 0644 (certificates).
Result<> write_public(const std::filesystem::path& path, ByteView octets);
/// read_private: Errc::not_found; Errc::not_permitted where others may read the file; Errc::too_large above 64 KiB.
Result<SecretBytes> read_private(const std::filesystem::path& path);
/// read_public reads a file of at most `most` octets; Errc::not_found, Errc::too_large.
Result<Bytes> read_public(const std::filesystem::path& path, std::size_t most = kMostSmallFile);
Result<> remove_file(const std::filesystem::path& path);  // succeeds where it is not there
/// make_private_directory makes it with mode 0750 where it is not there.
Result<> make_private_directory(const std::filesystem::path& path);

}  // namespace kw::server

#pragma once
// MemoryFiles is a FilePort in memory for tests: it can fail any step, and lose what was not synced.
#include <map>
#include <optional>

#include "agent/spool/file_port.h"

namespace kw::agent {

class MemoryFiles final : public FilePort {
 public:
  std::map<std::string, Bytes> files;
  std::optional<std::uint64_t> room;  // octets that may still be written
  int fail_at = -1;                   // the n-th changing call from now fails with io
  int calls = 0;
  int syncs = 0;
  bool moved_away = false;  // the directory

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> out;
    for (const auto& [name, octets] : files) out.push_back(name);
    return out;
  }
  Result<Bytes> read(const std::string& name, std::size_t most) override {
    const auto it = files.find(name);
    if (it == files.end()) return fail(Errc::not_found, name);
    if (it->second.size() > most) return fail(Errc::too_large, name);
    return it->second;
  }
  Result<Bytes> read_at(const std::string& name, std::uint64_t offset, std::size_t length) override {
    KW_TRY(auto all, read(name, SIZE_MAX));
    if (offset > all.size()) return Bytes{};
    return copy(ByteView(all).subspan(offset, std::min<std::size_t>(length, all.size() - offset)));
  }
  Result<> write_at(const std::string& name, std::uint64_t offset, ByteView octets) override {
    KW_CHECK(step());
    auto& file = files[name];
    auto take = octets.size();
    if (room) take = std::min<std::uint64_t>(take, *room);
    if (room) *room -= take;
    file.resize(std::max<std::size_t>(file.size(), offset + take));
    std::copy_n(octets.begin(), take, file.begin() + static_cast<std::ptrdiff_t>(offset));
    if (take < octets.size()) return fail(Errc::no_space, name);
    return {};
  }
  Result<> truncate(const std::string& name, std::uint64_t size) override {
    KW_CHECK(step());
    files[name].resize(size);
    return {};
  }
  Result<> sync(const std::string&) override {
    KW_CHECK(step());
    ++syncs;
    return {};
  }
  Result<> replace(const std::string& name, ByteView octets) override {
    KW_CHECK(step());
    if (room && *room < octets.size()) return fail(Errc::no_space, name);
    files[name] = copy(octets);
    return {};
  }
  Result<> remove(const std::string& name) override {
    KW_CHECK(step());
    files.erase(name);
    return {};
  }
  Result<> sync_directory() override { return step(); }
  Result<bool> in_place() override { return !moved_away; }

 private:
  Result<> step() {
    if (calls++ == fail_at) return fail(Errc::io, "injected");
    return {};
  }
};

}  // namespace kw::agent

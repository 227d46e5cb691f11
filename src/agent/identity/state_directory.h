#pragma once
// StateDirectory is the agent's memory on disk: one small file for each thing, every one replaced durably, mode 0600.
//
// Not thread-safe against two writers of one file; the enforcer and the link write different ones.
#include <optional>
#include <string>

#include "base/bytes.h"

namespace kw::agent {

enum class StateFile {
  device_key,   // sealed SM2 key (pki/key_file.h)
  spool_key,    // sealed secret
  pinned_ca,    // PEM
  enrolment,    // ID of a request that waits for approval, hex
  identity,     // EnrolReply as the platform sent it
  checkpoint,   // last checkpoint verified
  policy,       // Signed bundle in force
  cut,          // CutRequest while the network is cut
  orders,       // orders carried out, with their expiry
  gateway_mac,  // learnt at first use
  clean,        // there after an orderly stop
};

class StateDirectory {
 public:
  /// open makes the directory (mode 0700) where it is absent.
  static Result<StateDirectory> open(std::string path);

  /// read returns the file's octets, or nothing where it is absent. Files above 256 KiB (policy: 2 MiB) are too_large.
  Result<std::optional<Bytes>> read(StateFile file) const;
  Result<> write(StateFile file, ByteView octets) const;
  Result<> remove(StateFile file) const;
  [[nodiscard]] std::string path(StateFile file) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string spool_path() const { return path_ + "/spool"; }
  [[nodiscard]] std::string socket_path() const { return path_ + "/agent.sock"; }

 private:
  explicit StateDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace kw::agent

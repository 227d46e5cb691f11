#pragma once
// StateDirectory is the agent's memory on disk: one small file for each thing, every one replaced durably, mode 0600.
//
//   <path>/            the guard's, mode 0700: only root reads or writes what the kiosk obeys
//   <path>/link/       the link process's own: its keys, the spool, the last checkpoint, the status socket
//
// The guard writes into the link's part only what it also owns the making of (keys at enrolment, keys put back), and as
// the user that the part belongs to. Not thread-safe against two writers of one file.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::agent {

enum class StateFile {
  // the guard's
  pinned_ca,     // PEM
  enrolment,     // ID of a request that waits for approval, hex
  identity,      // EnrolReply as the platform sent it, with the command rule
  policy,        // Signed bundle in force
  cut,           // CutRequest while the network is cut
  orders,        // orders carried out, with their expiry
  gateway_mac,   // learnt at first use
  clean,         // there after an orderly stop
  running,       // boot ID, while a guard runs
  liveness_key,  // sealed SM2 key, the guard's own
  shield,        // digests of the agent's files, as last known
  tpm,           // TpmState: what the TPM keeps for this kiosk; absent where the hardware digest alone seals
  persons,       // Signed rule of persons in force
  persons_pin,   // SM3 of the first one, as it was pinned at enrolment
  // the link's
  device_key,  // sealed SM2 key (pki/key_file.h)
  spool_key,   // sealed secret
  checkpoint,  // last checkpoint verified
  guard_lost,  // there when the guard's death was told
};
[[nodiscard]] bool is_links(StateFile file) noexcept;

class StateDirectory {
 public:
  /// open makes the directories (mode 0700) where they are absent. Files of the layout before the two processes are
  /// moved to their places.
  static Result<StateDirectory> open(std::string path);
  /// open_links gives the link process its own part; the guard's files are not to be had there (Errc::forbidden).
  static Result<StateDirectory> open_links(std::string path);

  /// read returns the file's octets, or nothing where it is absent. Files above 256 KiB (policy: 2 MiB) are too_large.
  Result<std::optional<Bytes>> read(StateFile file) const;
  Result<> write(StateFile file, ByteView octets) const;
  Result<> remove(StateFile file) const;
  [[nodiscard]] std::string path(StateFile file) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& link_path() const noexcept { return link_; }
  [[nodiscard]] std::string spool_path() const { return link_ + "/spool"; }
  [[nodiscard]] std::string socket_path() const { return link_ + "/agent.sock"; }
  [[nodiscard]] std::string control_path() const { return path_ + "/guard.sock"; }

  /// keep reads the guard's files into memory once; from then on they are read from there, and mend() can put them
  /// back.
  Result<> keep();
  struct Mended {
    std::string path;
    std::optional<Bytes> wanted, found;  // nothing: absent
    bool restored = false;
  };
  /// mend compares the files with what is kept, and writes again what somebody else has changed.
  [[nodiscard]] std::vector<Mended> mend() const;

 private:
  StateDirectory(std::string path, std::string link) : path_(std::move(path)), link_(std::move(link)) {}
  Result<std::optional<Bytes>> read_disk(StateFile file) const;
  Result<> write_disk(StateFile file, ByteView octets) const;
  std::string path_, link_;  // path_ is empty in the link process
  std::shared_ptr<std::map<StateFile, std::optional<Bytes>>> kept_;
};

}  // namespace kw::agent

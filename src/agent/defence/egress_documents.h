#pragma once
// EgressDocuments stops documents with secrecy markings at print spools and upload folders (clause 9.7-e).
//
//   somebody opens a document ──> gate waits ──> DocumentScanner's child reads it ──> marked: refused, sealed in the
//   vault somebody closes one that he wrote ──> read at once, with nobody waiting
//
// Gate, verdicts and quarantine are those of section "malware" (docs/design/malware.md), over folders instead of file
// systems and with another scanner. What lay in the folders before is read once, when the policy comes.
#include "agent/defence/quarantine_desk.h"
#include "kioskward/v1/egress.pb.h"

namespace kw::agent {

class EgressDocuments {
 public:
  struct Ports {                 // destroyed from the last to the first
    std::shared_ptr<void> base;  // what the others stand on
    std::unique_ptr<device::Scanner> scanner;
    std::unique_ptr<device::ContentScanner> contents;
    std::unique_ptr<device::FileTree> tree;
    std::unique_ptr<device::Vault> vault;
    std::unique_ptr<device::ScanFileGate> gate;
  };
  explicit EgressDocuments(Ports ports)
      : ports_(std::move(ports)), desk_(std::move(ports_.vault), {"egress", "egress.document.", "marking"}, worker_) {}

  void start(device::DefenceHost& host);
  Result<> configure(const device::v1::EgressPolicy& policy);
  void tick();
  /// order takes "restore" and "discard".
  Result<> order(const device::v1::Order& order);
  [[nodiscard]] bool holds() const;
  void stop();

 private:
  [[nodiscard]] bool on() const;
  [[nodiscard]] bool enforcing() const { return policy_.mode() == device::v1::ENFORCE; }
  [[nodiscard]] device::ScanRules rules() const;
  Result<> open_gate();
  void close();
  void use_rules();
  void guard_folders();
  void read_folders();
  void hear(device::ScanNews news);
  void found(device::FoundTold told);
  void tell_found(const device::FoundTold& told, std::uint64_t count);
  void tell_unread(const device::UnjudgedTold& told, std::uint64_t count);
  void open_vault();
  void tell_facts();

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  device::v1::EgressPolicy policy_;
  std::string words_;  // one a line, as the scanner has them
  bool open_ = false;
  std::set<std::string> unguarded_;
  device::Gathered<device::FoundTold> found_;
  device::Gathered<device::UnjudgedTold> unread_;
  std::uint64_t ticks_ = 0, marked_ = 0;
  QuarantineDesk desk_;
  CancellableWorker worker_, pass_;  // last: their threads end before what they use
};

}  // namespace kw::agent

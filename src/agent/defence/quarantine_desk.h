#pragma once
// QuarantineDesk keeps a section's quarantine: takes files in, gives them back to two persons, discards them, and says
// so in events of that section.
//
//   desk.start(host, ...);  desk.open(limits);  desk.take(found);  desk.order(order); desk.discard_old(90)
//
// A file that two persons restored is held for clean from then on: restored() goes into the gate's rules. The vault
// lies in the section's state directory. Host's thread; the vault's work runs on the section's worker.
#include <map>
#include <memory>
#include <set>

#include "agent/defence/cancellable_worker.h"
#include "device/defence.h"
#include "device/gathered.h"
#include "device/malware/ports.h"

namespace kw::agent {

class QuarantineDesk {
 public:
  /// How the section words it: events are prefix + "quarantined", ...; `what` is the parameter for what was found.
  struct Words {
    std::string section, prefix, what;
  };
  /// `worker` is the section's, which stops it before the desk goes.
  QuarantineDesk(std::unique_ptr<device::Vault> vault, Words words, CancellableWorker& worker)
      : vault_(std::move(vault)), words_(std::move(words)), worker_(worker) {}

  /// `restored_changed`: rules are to be made anew; `items_changed`: facts are.
  void start(device::DefenceHost& host, std::function<void()> restored_changed, std::function<void()> items_changed);
  void stop() { *alive_ = false; }
  /// open opens the vault, or sets its limits where it is open; asked again until it is.
  void open(const device::Vault::Limits& limits);
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] std::size_t items() const noexcept { return items_.size(); }
  [[nodiscard]] const std::set<crypto::Digest>& restored() const noexcept { return restored_; }
  void take(const device::FoundFile& file);
  /// order carries "restore" and "discard" out.
  Result<> order(const device::v1::Order& order);
  void discard_old(std::uint32_t days);

 private:
  struct Asked {
    std::string person;
    Duration until{0};
  };
  template <class Work>
  void later(Work work) {
    work_later(worker_, *host_, alive_, std::move(work));
  }
  void tell(std::string_view type, const char* result,
            std::initializer_list<std::pair<std::string, std::string>> params);
  Result<> ask_restore(const std::string& item, const std::string& person);
  void restore(const std::string& item, const std::string& persons);
  void discard(const std::string& item, const std::string& reason);
  void load_restored();
  Result<> keep_restored();
  [[nodiscard]] std::string state_file(const char* name) const;

  std::unique_ptr<device::Vault> vault_;
  Words words_;
  device::DefenceHost* host_ = nullptr;
  std::function<void()> restored_changed_, items_changed_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  bool open_ = false, opening_ = false, loaded_ = false;
  std::uint64_t refused_ = 0;  // attempts to open
  std::map<std::string, device::v1::QuarantinedFile> items_;
  std::map<std::string, Asked> restores_;  // item -> who asked first
  std::set<crypto::Digest> restored_;
  std::set<std::pair<std::string, device::FileIdentity>> being_taken_;
  device::Gathered<int> failures_;
  CancellableWorker& worker_;
};

}  // namespace kw::agent

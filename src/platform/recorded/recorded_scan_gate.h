#pragma once
// RecordedScanGate is the kernel's permission group in memory, and RecordedScanner a scanner by a word: for tests of
// section "malware". Never shipped.
//
// A file whose content holds kHarm is infected, kLimit meets a limit, kBroken cannot be scanned.
#include <map>
#include <mutex>

#include "device/malware/ports.h"

namespace kw::platform {

inline constexpr std::string_view kHarm = "HARMFUL-TEST", kLimit = "LIMIT-TEST", kBroken = "BROKEN-TEST";

class RecordedScanner final : public device::Scanner {
 public:
  void use(const std::string& socket) override;
  Result<device::ScanReply> scan(int fd, Duration most, const Stop& stop) override;
  Result<device::ScannerHello> hello(Duration most) override;
  Result<std::string> settings(int pid) override;
  static device::ScanReply verdict(std::string_view content);

  void set(Result<device::ScannerHello> hello);
  void set_settings(Result<std::string> text);
  /// hold keeps every scan until release(); for tests of what comes late.
  void hold(bool held);
  [[nodiscard]] std::size_t scans() const;
  [[nodiscard]] std::string socket() const;

 private:
  mutable std::mutex mutex_;
  Result<device::ScannerHello> hello_ = device::ScannerHello{"Recorded 1", "1", std::nullopt, 0};
  Result<std::string> settings_ = std::string("AlertExceedsMax yes\nAlertEncrypted yes\n");
  std::string socket_;
  std::size_t scans_ = 0;
  bool held_ = false;
};

class RecordedScanGate final : public device::ScanFileGate, private device::PathOf {
 public:
  struct File {
    std::string content;
    std::uint64_t device = 1;
    std::uint32_t names = 1;
    std::int64_t changed = 0;  // stands for every time of it
    bool mapped = false;       // somebody can write it, and no time tells
  };
  static constexpr int kOwnPid = 1;
  std::map<std::string, File> files;
  std::optional<Error> start_error;
  bool late = false;  // scans do not end before the question's time is over
  bool open_now = false;

  Result<> start(Sink sink) override;
  void stop() override { open_now = false, devices_.clear(); }
  void use(std::shared_ptr<const device::ScanRules> rules) override { gate_.use(std::move(rules)); }
  void scanner(std::optional<int> pid, bool renewed) override;
  Result<> guard(const std::string& place) override;
  [[nodiscard]] device::ScanGate::Counts counts() const override { return gate_.counts(); }

  /// What somebody does on the machine; the answer is whether the kernel lets him.
  bool open(const std::string& path, int pid = 99, bool run = false);
  void written(const std::string& path, int pid = 99);
  void tell(device::ScanNews news) { sink_(std::move(news)); }
  [[nodiscard]] const device::ScanRules& rules() const { return gate_.rules(); }

 private:
  bool ask(const std::string& path, int pid, device::FileUse use);
  std::string path_of(std::uint64_t) override { return asked_; }
  bool may_be_written(std::uint64_t) override { return files.at(asked_).mapped; }
  Sink sink_;
  device::ScanGate gate_{kOwnPid};
  std::set<std::uint64_t> devices_;
  std::uint64_t last_ = 0;
  std::string asked_;
};

}  // namespace kw::platform

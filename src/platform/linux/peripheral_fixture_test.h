#pragma once
// FakeSys is a sysfs tree in a directory of its own, with a USB bus, a keyboard on port 1-1 and an SD card, and it does
// what a kernel does when authorisation and driver files are written. UsbguardDaemon runs the real daemon over a tree
// of the same devices: umockdev makes the tree, and the daemon works on it as on a machine's own.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "device/peripherals/test_devices.h"
#include "platform/linux/process.h"
#include "platform/linux/spawn.h"
#include "platform/linux/sys_tree.h"

namespace kw::platform {

/// ScratchDir is a directory that goes with the object.
class ScratchDir {
 public:
  ScratchDir() {
    auto pattern = (std::filesystem::temp_directory_path() / "kw-peri-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
  }
  ~ScratchDir() {
    std::error_code ec;
    std::filesystem::remove_all(path_, ec);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void put(const std::string& below, std::string_view octets) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + below).parent_path());
    std::ofstream(path_ + below, std::ios::binary | std::ios::trunc) << octets;
  }
  void link(const std::string& below, const std::string& target) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + below).parent_path());
    std::filesystem::create_symlink(path_ + target, path_ + below);
  }

 private:
  std::string path_;
};

inline const std::string kController = "/sys/devices/pci0000:00/0000:00:14.0/usb1";

class FakeSys final : public SysTree {
 public:
  explicit FakeSys(const ScratchDir& dir) : SysTree(dir.path()), dir_(dir) {}

  void build() const {
    usb("usb1", 0x1d6b, 0x0002, {{9, 0, 0}}, 1, true);
    dir_.put(kController + "/authorized_default", "1\n");
    usb("1-1", 0x046d, 0xc31c, {{3, 1, 1}, {3, 0, 0}}, 2, false);
    dir_.put("/sys/module/usbcore/parameters/authorized_default", "0\n");
    dir_.put("/sys/bus/mmc/drivers_autoprobe", "1\n");
    for (const auto* file : {"bind", "unbind"}) dir_.put(std::string("/sys/bus/mmc/drivers/mmcblk/") + file, "");
    card("mmc0:aaaa", "SD");
    link("/sys/bus/mmc/devices/mmc0:aaaa/driver", "/sys/bus/mmc/drivers/mmcblk");
  }
  void usb(const std::string& name, std::uint16_t vendor, std::uint16_t product,
           std::initializer_list<device::testing::Triple> interfaces, int number, bool authorised,
           const std::string& serial = "S1") const {
    const auto at = directory(name);
    const auto octets = device::testing::descriptors_of(vendor, product, interfaces);
    dir_.put(at + "/descriptors", text_of(octets));
    dir_.put(at + "/idVendor", device::parse_usb_descriptors(octets)->vendor + "\n");
    dir_.put(at + "/idProduct", device::parse_usb_descriptors(octets)->product + "\n");
    dir_.put(at + "/serial", serial + "\n");
    dir_.put(at + "/product", "A device\n");
    dir_.put(at + "/devnum", std::to_string(number) + "\n");
    dir_.put(at + "/authorized", authorised ? "1\n" : "0\n");
    if (const auto in_bus = "/sys/bus/usb/devices/" + name; !is_link(in_bus)) link(in_bus, at);
  }
  void card(const std::string& name, const std::string& type) const {
    const auto at = "/sys/devices/platform/mmc/mmc_host/mmc0/" + name;
    dir_.put(at + "/type", type + "\n");
    dir_.put(at + "/manfid", "0x000003\n");
    dir_.put(at + "/oemid", "0x5344\n");
    dir_.put(at + "/serial", "0x1a2b3c4d\n");
    dir_.put(at + "/name", "SC16G\n");
    dir_.put(at + "/cid", "03534453433136478012345678010000\n");
    dir_.put(at + "/csd", "400e00325b590000ed87f800a4040000\n");
    link("/sys/bus/mmc/devices/" + name, at);
  }
  void link(const std::string& below, const std::string& target) const { dir_.link(below, target); }
  [[nodiscard]] static std::string directory(const std::string& name) {
    return name.starts_with("usb") ? kController : kController + "/" + name;
  }
  void unplug(const std::string& name) const {
    std::filesystem::remove(root() + "/sys/bus/usb/devices/" + name);
    std::filesystem::remove_all(root() + directory(name));
  }

  Result<> write(const std::string& path, std::string_view text) override {
    if (deaf) return {};
    KW_CHECK(SysTree::write(path, text));
    const auto driver = "/sys/bus/mmc/devices/" + std::string(text) + "/driver";
    if (path.ends_with("/unbind")) std::filesystem::remove(root() + driver);
    if (path.ends_with("/bind")) link(driver, "/sys/bus/mmc/drivers/mmcblk");
    if (on_write) on_write(path);
    return {};
  }
  std::function<void(const std::string&)> on_write;  // what happens in the moment of a write
  bool deaf = false;                                 // a kernel that takes writes and does nothing

 private:
  const ScratchDir& dir_;
};

/// usbguard-daemon under umockdev, in the network namespace of the calling thread (its IPC socket is abstract).
class UsbguardDaemon {
 public:
  static bool installed() {
    return std::filesystem::exists("/usr/sbin/usbguard-daemon") && std::filesystem::exists("/usr/bin/umockdev-wrapper");
  }
  explicit UsbguardDaemon(const ScratchDir& dir) : dir_(dir) {
    dir_.put("/dev/base.umockdev", description());
    dir_.put("/rules.conf", "allow id 1111:2222 label \"before\"\n");
    std::filesystem::create_directories(dir_.path() + "/tmp");
    std::filesystem::create_directories(dir_.path() + "/ipc");
    std::string conf;
    for (const auto* line :
         {"ImplicitPolicyTarget=block", "PresentDevicePolicy=apply-policy", "PresentControllerPolicy=keep",
          "InsertedDevicePolicy=apply-policy", "AuthorizedDefault=none", "DeviceManagerBackend=umockdev",
          "IPCAllowedUsers=root", "AuditBackend=FileAudit"})
      conf += std::string(line) + "\n";
    conf += "RuleFile=" + dir_.path() + "/rules.conf\nAuditFilePath=" + dir_.path() + "/audit\n" +
            "IPCAccessControlFiles=" + dir_.path() + "/ipc/\n";
    dir_.put("/daemon.conf", conf);
    for (const auto* file : {"/daemon.conf", "/rules.conf"})
      std::filesystem::permissions(dir_.path() + file,
                                   std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  ~UsbguardDaemon() { stop(); }

  void start() {
    auto out = pipe_pair();
    ASSERT_TRUE(out);
    const auto pid =
        spawn({"/usr/bin/env", "TMPDIR=" + dir_.path() + "/tmp", "USBGUARD_UMOCKDEV_DEVICEDIR=" + dir_.path() + "/dev",
               "umockdev-wrapper", "/usr/sbin/usbguard-daemon", "-c", dir_.path() + "/daemon.conf"},
              {out->theirs.get(), out->theirs.get(), out->theirs.get()});
    ASSERT_TRUE(pid) << pid.error().text();
    pid_ = *pid;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {  // each try is a process of some milliseconds: no spinning
      const auto outcome = run_process({{"usbguard", "list-devices"}});
      if (outcome && outcome->exit_code == 0 && outcome->out.find("1-1") != std::string::npos) return;
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "usbguard-daemon does not answer";
    }
  }
  void stop() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  /// root is where the daemon's machine stands: root() + "/sys/...".
  [[nodiscard]] std::string root() const {
    for (const auto& one : std::filesystem::directory_iterator(dir_.path() + "/tmp"))
      if (one.path().filename().string().starts_with("umockdev.")) return one.path().string();
    return {};
  }

 private:
  static std::string device(const std::string& path, int number, bool hub) {
    const auto octets = hub ? device::testing::descriptors_of(0x1d6b, 2, {{9, 0, 0}})
                            : device::testing::descriptors_of(0x046d, 0xc31c, {{3, 1, 1}, {3, 0, 0}});
    const auto n = std::to_string(number);
    std::string out = "P: " + path + "\nN: bus/usb/001/00" + n + "\nE: DEVNAME=/dev/bus/usb/001/00" + n +
                      "\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: BUSNUM=001\nE: DEVNUM=00" + n +
                      "\nE: MAJOR=189\nE: MINOR=" + std::to_string(number - 1) + "\n";
    for (const auto& [key, value] :
         std::initializer_list<std::pair<const char*, std::string>>{{"authorized", hub ? "1" : "0"},
                                                                    {"bConfigurationValue", "1"},
                                                                    {"bDeviceClass", hub ? "09" : "00"},
                                                                    {"bDeviceSubClass", "00"},
                                                                    {"bDeviceProtocol", "00"},
                                                                    {"bNumInterfaces", hub ? "1" : "2"},
                                                                    {"busnum", "1"},
                                                                    {"devnum", n},
                                                                    {"devpath", hub ? "0" : "1"},
                                                                    {"idVendor", hub ? "1d6b" : "046d"},
                                                                    {"idProduct", hub ? "0002" : "c31c"},
                                                                    {"product", "A device"},
                                                                    {"serial", "S1"},
                                                                    {"speed", "480"}})
      out += std::string("A: ") + key + "=" + value + "\n";
    if (hub) out += "A: authorized_default=1\n";
    return out + "H: descriptors=" + to_hex(octets) + "\n\n";
  }
  static std::string description() {
    const std::string pci = "/devices/pci0000:00/0000:00:14.0";  // the parent must stand before the hub
    return "P: " + pci + "\nE: SUBSYSTEM=pci\nA: vendor=0x8086\n\n" + device(pci + "/usb1", 1, true) +
           device(pci + "/usb1/1-1", 2, false);
  }
  const ScratchDir& dir_;
  pid_t pid_ = -1;
};

}  // namespace kw::platform

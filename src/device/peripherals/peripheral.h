#pragma once
// Peripheral is one device that is plugged into a kiosk, as the kernel shows it; PeripheralPort is where it is let in.
//
//   seen = port.list();  for (change : watch.look(seen, ...).changes) port.authorise/block(change);  list again
//
// Texts that come from a device are cut and cleaned where they are read: never longer than kMostText, printable only.
#include <string>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "base/time.h"
#include "kioskward/v1/peripherals.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMostPeripherals = 512;
inline constexpr std::size_t kMostText = 64;

struct Peripheral {
  enum class Bus { usb, card };
  Bus bus = Bus::usb;
  std::string handle;                   // the kernel's name, to act on: "1-1.2", "mmc0:aaaa"
  std::string port;                     // place, as rules name it: "1-1.2", "usb1" for a root hub, "mmc0"
  std::string vendor, product;          // 4 lower-case hex digits
  std::string serial, title;            // as the device says
  std::vector<std::string> interfaces;  // sorted: "03:01:01" of every configuration and setting; a card: "sd", "mmc"
  std::string digest;                   // SM3 of the descriptors, hex
  unsigned generation = 0;              // differs after each enumeration
  bool authorised = false;
  bool fixed = false;                     // a root hub, soldered memory: part of the machine
  bool system = false;                    // the root file system stands on it
  bool readable = true;                   // false: its descriptors could not be understood
  std::vector<std::string> keyboards;     // device nodes of event sources that have letters, "/dev/input/event3"
  std::vector<std::string> serial_lines;  // device nodes of serial lines, "/dev/ttyACM0"
  friend bool operator==(const Peripheral&, const Peripheral&) = default;
};

/// kind_of names what a device is by the most dangerous thing that it can do: "network", "keyboard", "phone",
/// "storage", "wireless", "serial", "hid", "hub", "card", "printer", "reader", "audio", "video", "vendor", "other".
[[nodiscard]] std::string kind_of(const Peripheral& device);
/// depth_of counts the hubs' steps to a USB port: 1 for "1-1", 2 for "1-1.2"; 0 for a root hub.
[[nodiscard]] unsigned depth_of(const std::string& port);
/// classes_of joins the interfaces for people, at most 200 octets.
[[nodiscard]] std::string classes_of(const Peripheral& device);
using kw::clean_text;  // the other one goes on being found in files that see this one
/// clean_text keeps printable ASCII, puts '?' for anything else, trims blanks, and cuts at kMostText.
[[nodiscard]] std::string clean_text(std::string_view from_device);

struct PeripheralsSeen {
  std::vector<Peripheral> devices;  // at most kMostPeripherals
  std::string boot_default;         // usbcore.authorized_default as the kernel was started; empty: it tells none
  bool closed = false;              // what is plugged in now would stay off until it is authorised
};

/// PeripheralPort lets devices in and keeps them out. Calls may take long (a driver's probe): not on the host's thread.
class PeripheralPort {
 public:
  virtual ~PeripheralPort() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "sysfs", "usbguard"
  /// list reads the machine; Errc::unavailable where the enforcer does not answer.
  virtual Result<PeripheralsSeen> list() = 0;
  /// authorise and block act on one device at once and read it back; not_found where it has gone.
  virtual Result<> authorise(const Peripheral& device) = 0;
  virtual Result<> block(const Peripheral& device) = 0;
  /// before tells what close() would replace, as lines that open() takes; empty where nothing has to be put back. The
  /// caller keeps it on disk first: what a power cut would lose between the two is another's configuration.
  [[nodiscard]] virtual Result<std::string> before() = 0;
  /// close keeps whatever is plugged in later off until it is authorised, and installs what of the policy the
  /// enforcer can hold without us. Repeated calls are free.
  virtual Result<> close(const v1::PeripheralPolicy& policy) = 0;
  /// open puts back what before() told; an empty text means a machine that was started closed, without us: new devices
  /// are let in as the kernel does by itself.
  virtual Result<> open(const std::string& before) = 0;
};

/// HotplugPort tells that devices came or went.
class HotplugPort {
 public:
  virtual ~HotplugPort() = default;
  /// open gives the descriptor to wait on; it stays the port's.
  virtual Result<int> open() = 0;
  struct News {
    bool devices = false;    // something that peripherals are made of was added, removed or changed
    std::uint64_t lost = 0;  // how often the kernel dropped what we did not read in time
  };
  /// read takes everything that waits, without blocking.
  virtual Result<News> read() = 0;
};

/// ModulePort asks an ID-card reader on a serial line for its security module's number; blocks up to a second.
class ModulePort {
 public:
  virtual ~ModulePort() = default;
  virtual Result<std::string> module_of(const std::string& serial_line) = 0;
};

/// KeyPort opens the event source of a keyboard and tells when keys went down; never which.
class KeyPort {
 public:
  virtual ~KeyPort() = default;
  virtual Result<int> open(const std::string& node) = 0;
  /// read takes what waits; Errc::closed once the keyboard is gone.
  virtual Result<std::vector<Duration>> read(int fd) = 0;
  virtual void close(int fd) = 0;
};

}  // namespace kw::device

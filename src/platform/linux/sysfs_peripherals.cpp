#include "platform/linux/sysfs_peripherals.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "crypto/sm3.h"
#include "device/peripherals/usb_descriptors.h"
#include "platform/linux/os_error.h"

namespace kw::platform {

using device::Peripheral;

namespace {

const std::string kUsb = "/sys/bus/usb/devices/";
const std::string kCards = "/sys/bus/mmc/devices/";
const std::string kCardDriver = "/sys/bus/mmc/drivers/mmcblk/";
const std::string kCardProbe = "/sys/bus/mmc/drivers_autoprobe";
const std::string kBootDefault = "/sys/module/usbcore/parameters/authorized_default";
constexpr int kDeepestDevice = 7;  // "1-1:1.0/0003:046D:C31C.0001/input/input5/event3" and a little more

unsigned number(const std::string& text, int base = 10) {
  unsigned out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, base);
  return out;
}
// "0x005344" -> "5344"
std::string last_four(std::string text) {
  if (text.starts_with("0x")) text.erase(0, 2);
  text.insert(0, text.size() < 4 ? 4 - text.size() : 0, '0');
  return text.substr(text.size() - 4);
}
// The last word of the bitmap holds keys 0 to 63 (or 31): Enter is 28, A is 30. A power button has neither.
bool has_letters(const std::string& bitmap) {
  const auto blank = bitmap.rfind(' ');
  const auto word = blank == std::string::npos ? bitmap : bitmap.substr(blank + 1);
  std::uint64_t bits = 0;
  std::from_chars(word.data(), word.data() + word.size(), bits, 16);
  return (bits >> 28 & 1) != 0 && (bits >> 30 & 1) != 0;
}

// Block devices below "/": the one that is mounted, and what device mapper or RAID makes it of.
void gather_system(const SysTree& tree, const std::string& block, int depth, std::vector<std::string>& out) {
  if (block.empty() || depth == 0) return;
  out.push_back(block + "/");
  for (const auto& slave : tree.names(block + "/slaves"))
    gather_system(tree, tree.real(block + "/slaves/" + slave), depth - 1, out);
}

}  // namespace

SysfsPeripherals::SysfsPeripherals(std::unique_ptr<SysTree> tree, std::string system_device) : tree_(std::move(tree)) {
  struct stat root{};
  if (system_device.empty() && ::stat("/", &root) == 0)
    system_device = std::to_string(major(root.st_dev)) + ":" + std::to_string(minor(root.st_dev));
  gather_system(*tree_, tree_->real("/sys/dev/block/" + system_device), 4, system_);
}

bool SysfsPeripherals::carries_system(const std::string& directory) const {
  const auto real = tree_->real(directory);
  return !real.empty() && std::ranges::any_of(system_, [&](const auto& s) { return s.starts_with(real + "/"); });
}

void SysfsPeripherals::find_nodes(const std::string& directory, int depth, Peripheral& into) const {
  constexpr std::size_t kMostNodes = 16;
  if (depth == 0 || into.keyboards.size() + into.serial_lines.size() >= kMostNodes) return;
  for (const auto& name : tree_->names(directory)) {
    const auto path = directory + "/" + name;
    if (name.starts_with("event") && directory.find("/input") != std::string::npos) {
      if (has_letters(tree_->text(directory + "/capabilities/key"))) into.keyboards.push_back("/dev/input/" + name);
    } else if (name.starts_with("tty") && directory.ends_with("/tty")) {
      into.serial_lines.push_back("/dev/" + name);
    } else if (!tree_->is_link(path) && !name.starts_with("power") && !name.starts_with("ep_")) {
      find_nodes(path, depth - 1, into);
    }
  }
}

Peripheral SysfsPeripherals::read_usb(const std::string& name) const {
  const auto at = kUsb + name;
  Peripheral out;
  out.handle = out.port = name;
  out.vendor = last_four(tree_->text(at + "/idVendor"));
  out.product = last_four(tree_->text(at + "/idProduct"));
  out.serial = device::clean_text(tree_->text(at + "/serial"));
  out.title = device::clean_text(tree_->text(at + "/product"));
  out.generation = number(tree_->text(at + "/devnum"));
  out.authorised = tree_->text(at + "/authorized") == "1";
  out.fixed = name.starts_with("usb");
  out.system = !out.fixed && carries_system(at);
  const auto octets = tree_->read(at + "/descriptors", device::kMostDescriptors);
  const auto descriptors =
      octets ? device::parse_usb_descriptors(*octets) : Result<device::UsbDescriptors>(octets.error());
  if (octets) out.digest = to_hex(crypto::sm3(*octets));
  // Ids that are not those of the descriptors would let one device stand under another's name.
  out.readable = descriptors && descriptors->vendor == out.vendor && descriptors->product == out.product;
  if (descriptors) out.interfaces.assign(descriptors->interfaces.begin(), descriptors->interfaces.end());
  if (!out.authorised || out.fixed) return out;
  for (const auto& child : tree_->names(at))
    if (child.starts_with(name + ":")) find_nodes(at + "/" + child, kDeepestDevice, out);
  return out;
}

Peripheral SysfsPeripherals::read_card(const std::string& name) const {
  const auto at = kCards + name;
  Peripheral out;
  out.bus = Peripheral::Bus::card;
  out.handle = name;
  out.port = name.substr(0, name.find(':'));
  out.vendor = last_four(tree_->text(at + "/manfid"));
  out.product = last_four(tree_->text(at + "/oemid"));
  out.serial = device::clean_text(tree_->text(at + "/serial"));
  out.title = device::clean_text(tree_->text(at + "/name"));
  const auto type = tree_->text(at + "/type");
  out.interfaces = {type == "MMC" ? "mmc" : "sd"};
  out.digest = to_hex(crypto::sm3_concat({bytes_of(tree_->text(at + "/cid")), bytes_of(tree_->text(at + "/csd"))}));
  out.generation = static_cast<unsigned>(tree_->inode(at));
  out.authorised = tree_->is_link(at + "/driver");
  out.fixed = tree_->exists("/sys/class/mmc_host/" + out.port + "/device/of_node/non-removable");
  out.system = carries_system(at);
  return out;
}

std::vector<std::string> SysfsPeripherals::gates() const {
  std::vector<std::string> out;
  for (const auto& name : tree_->names(kUsb))
    if (name.starts_with("usb") && tree_->exists(kUsb + name + "/authorized_default"))
      out.push_back(kUsb + name + "/authorized_default");
  if (tree_->exists(kCardProbe)) out.push_back(kCardProbe);
  return out;
}

Result<device::PeripheralsSeen> SysfsPeripherals::list() {
  device::PeripheralsSeen out;
  for (const auto& name : tree_->names(kUsb)) {
    if (name.find(':') != std::string::npos) continue;  // an interface
    if (out.devices.size() == device::kMostPeripherals) return fail(Errc::too_large, "more than 512 devices");
    if (auto device = read_usb(name); tree_->exists(kUsb + name + "/idVendor"))
      out.devices.push_back(std::move(device));
  }
  for (const auto& name : tree_->names(kCards)) {
    if (out.devices.size() == device::kMostPeripherals) return fail(Errc::too_large, "more than 512 devices");
    if (tree_->text(kCards + name + "/type") != "SDIO") out.devices.push_back(read_card(name));
  }
  out.boot_default = tree_->text(kBootDefault);
  const auto all = gates();
  out.closed = std::ranges::all_of(all, [&](const auto& gate) { return tree_->text(gate) == "0"; });
  return out;
}

Result<> SysfsPeripherals::check_same(const Peripheral& device) const {
  const bool card = device.bus == Peripheral::Bus::card;
  if (!tree_->exists((card ? kCards : kUsb) + device.handle)) return fail(Errc::not_found, device.handle);
  const auto now = card ? read_card(device.handle) : read_usb(device.handle);
  if (now.generation != device.generation || now.digest != device.digest || now.serial != device.serial)
    return fail(Errc::conflict, device.handle + ": another device stands there now");
  return {};
}

bool SysfsPeripherals::authorised(const Peripheral& device) const {
  if (device.bus == Peripheral::Bus::card) return tree_->is_link(kCards + device.handle + "/driver");
  return tree_->text(kUsb + device.handle + "/authorized") == "1";
}

Result<> SysfsPeripherals::set(const Peripheral& device, bool in) {
  if (authorised(device) == in) return {};
  if (device.bus == Peripheral::Bus::card)
    KW_CHECK(tree_->write(kCardDriver + (in ? "bind" : "unbind"), device.handle));
  else
    KW_CHECK(tree_->write(kUsb + device.handle + "/authorized", in ? "1" : "0"));
  if (authorised(device) != in) return fail(Errc::io, device.handle + ": the kernel did not follow");
  return {};
}

Result<> SysfsPeripherals::authorise(const Peripheral& device) {
  KW_CHECK(check_same(device));
  KW_CHECK(set(device, true));
  const auto still = check_same(device);
  if (!still && still.code() == Errc::conflict) KW_CHECK(set(device, false));
  return still;
}

Result<> SysfsPeripherals::block(const Peripheral& device) {
  const bool card = device.bus == Peripheral::Bus::card;
  if (!tree_->exists((card ? kCards : kUsb) + device.handle)) return fail(Errc::not_found, device.handle);
  if (device.system || device.fixed) return fail(Errc::wrong_state, device.handle + ": the machine stands on it");
  return set(device, false);
}

Result<std::string> SysfsPeripherals::before() {
  std::string out;
  for (const auto& gate : gates())
    if (const auto value = tree_->text(gate); !value.empty() && value != "0") out += gate + " " + value + "\n";
  return out;
}

Result<> SysfsPeripherals::close(const device::v1::PeripheralPolicy&) {
  for (const auto& gate : gates()) {
    if (tree_->text(gate) == "0") continue;
    KW_CHECK(tree_->write(gate, "0"));
    if (tree_->text(gate) != "0") return fail(Errc::io, gate + ": the kernel did not follow");
  }
  return {};
}

Result<> SysfsPeripherals::open(const std::string& before) {
  const auto known = gates();
  if (before.empty())
    for (const auto& gate : known) KW_CHECK(tree_->write(gate, "1"));
  std::istringstream lines(before);
  for (std::string gate, value; lines >> gate >> value;) {
    // A gate of a bus that has gone since needs nothing; a path that is no gate is none of ours to write.
    if (std::ranges::find(known, gate) == known.end()) continue;
    KW_CHECK(tree_->write(gate, value));
  }
  return {};
}

}  // namespace kw::platform

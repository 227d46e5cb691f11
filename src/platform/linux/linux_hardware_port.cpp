#include "platform/linux/linux_hardware_port.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/edid.h"
#include "platform/linux/hardware_sources.h"
#include "platform/linux/smbios.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using Component = device::v1::HardwareComponent;
using device::HardwarePart;
using device::HardwareSeen;

constexpr std::size_t kMostHardwareValue = 4096;
constexpr std::size_t kMostEntries = 128;

std::string value(const fs::path& path) {
  const auto octets = read_file(path.native(), kMostHardwareValue);
  if (!octets) return {};
  auto text = copy_text(*octets);
  std::erase(text, '\0');  // device tree's strings end with one
  return hardware_identity(text).value_or("");
}

std::string joined(std::initializer_list<std::string> words) {
  std::string out;
  for (const auto& word : words)
    if (!word.empty()) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// entries of a directory, sorted; `there` is false where it is missing.
std::vector<std::string> entries(const fs::path& directory, bool& there) {
  std::vector<std::string> out;
  std::error_code error;
  fs::directory_iterator at(directory, error);
  there = !error;
  for (const fs::directory_iterator end; !error && at != end && out.size() < kMostEntries; at.increment(error))
    out.push_back(at->path().filename().native());
  std::ranges::sort(out);
  return out;
}

class MachineReading {
 public:
  explicit MachineReading(fs::path root) : root_(std::move(root)) {}

  void add(Component::Kind kind, std::string slot, std::string model, std::string serial) {
    if (model.empty() && serial.empty()) return;
    if (serial.empty() && kind != Component::BIOS && kind != Component::PROCESSOR)
      missing(device::kind_word(kind) + "." + slot + ".serial");
    const auto clean = [](const std::string& text) {
      auto out = clean_text(text, device::kMostPartText);
      std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
      return out;
    };
    if (seen_.parts.size() < static_cast<std::size_t>(device::kMostParts))
      seen_.parts.push_back({kind, clean(slot), clean(model), clean(serial)});
  }
  void missing(std::string source) { seen_.missing.push_back(clean_text(source, device::kMostPartText)); }

  void board() {
    const auto dmi = root_ / "sys/class/dmi/id", tree = root_ / "proc/device-tree";
    add(Component::BOARD, "board",
        joined({value(dmi / "board_vendor"), value(dmi / "board_name"), value(dmi / "board_version")}),
        value(dmi / "board_serial"));
    add(Component::BOARD, "product", joined({value(dmi / "sys_vendor"), value(dmi / "product_name")}),
        value(dmi / "product_serial"));
    add(Component::BIOS, "bios",
        joined({value(dmi / "bios_vendor"), value(dmi / "bios_version"), value(dmi / "bios_date")}), "");
    add(Component::BOARD, "tree", value(tree / "model"), value(tree / "serial-number"));
    std::error_code absent;
    if (!fs::exists(dmi, absent)) missing("dmi");
  }

  // The digest's sources, folded into parts: "disk.sda.serial" is the serial of disk sda.
  Result<> digest_sources() {
    KW_TRY(const auto sources, read_component_sources({root_.native(), ""}));
    std::map<std::string, std::map<std::string, std::string>> disks, ports;
    std::map<std::string, std::string> processor;
    for (const auto& [name, text] : sources) {
      const auto first = name.find('.'), last = name.rfind('.');
      const auto group = name.substr(0, first), field = name.substr(last + 1);
      if (group == "cpu") processor[field] = text.value_or("");
      if (group == "disk") disks[name.substr(first + 1, last - first - 1)][field] = text.value_or("");
      if (group == "nic") ports[name.substr(first + 1, last - first - 1)][field] = text.value_or("");
    }
    add(Component::PROCESSOR, "cpu", processor["model"], processor["serial"]);
    if (processor["model"].empty()) missing("processor");
    for (auto& [name, fields] : disks) {
      if (on_usb(root_ / "sys/block" / name)) continue;
      add(Component::DISK, name, fields["model"].empty() ? "disk" : fields["model"],
          fields["serial"].empty() ? fields["wwid"] : fields["serial"]);
    }
    for (auto& [name, fields] : ports) add(Component::NETWORK, name, driver(name), fields["permanent_mac"]);
    return {};
  }

  void memory() {
    const auto table = read_file((root_ / "sys/firmware/dmi/tables/DMI").native(), kMostSmbios);
    const auto modules = table ? parse_memory_modules(*table) : Result<std::vector<MemoryModule>>(table.error());
    if (modules && !modules->empty()) {
      for (const auto& one : *modules)
        add(Component::MEMORY, one.locator,
            joined({hardware_identity(one.maker).value_or(""), hardware_identity(one.part).value_or(""),
                    std::to_string(one.mebibytes) + " MiB"}),
            hardware_identity(one.serial).value_or(""));
      return;
    }
    missing("memory.modules");
    const auto text = read_file((root_ / "proc/meminfo").native(), kMostHardwareValue * 4);
    const auto words = text ? copy_text(*text) : std::string();
    const auto at = words.find("MemTotal:");
    const auto kib = at == std::string::npos ? 0 : std::strtoull(words.c_str() + at + 9, nullptr, 10);
    // The kernel keeps a varying part for itself, so that the figure moves a little between kernels.
    constexpr std::uint64_t kStep = 256;
    if (kib > 0) add(Component::MEMORY, "total", std::to_string((kib / 1024 + kStep - 1) / kStep * kStep) + " MiB", "");
  }

  void displays() {
    bool there = false;
    for (const auto& name : entries(root_ / "sys/class/drm", there)) {
      if (value(root_ / "sys/class/drm" / name / "status") != "connected") continue;
      const auto octets = read_file((root_ / "sys/class/drm" / name / "edid").native(), kMostHardwareValue);
      const auto display = octets ? parse_edid(*octets) : Result<Display>(octets.error());
      const auto slot = name.substr(name.find('-') + 1);  // cards are numbered as they come
      if (display)
        add(Component::DISPLAY, slot, joined({display->maker, display->product, display->name}), display->serial);
      else
        missing("display." + slot + ".edid");
    }
    if (!there) missing("displays");
  }

  void usb(const std::set<std::string>& readers) {
    bool there = false;
    const auto bus = root_ / "sys/bus/usb/devices";
    const auto names = entries(bus, there);
    if (!there) missing("usb");
    for (const auto& name : names) {
      if (name.find(':') != std::string::npos || name.starts_with("usb"))
        continue;  // interfaces; the machine's own hubs
      const auto id = raw(bus / name / "idVendor") + ":" + raw(bus / name / "idProduct");
      const auto kind = usb_kind(bus / name, readers.contains(id));
      if (kind == Component::KIND_UNSPECIFIED) continue;
      add(kind, "usb " + name, joined({id, value(bus / name / "manufacturer"), value(bus / name / "product")}),
          value(bus / name / "serial"));
    }
  }

  HardwareSeen take() && {
    std::ranges::sort(seen_.parts);
    std::ranges::sort(seen_.missing);
    return std::move(seen_);
  }
  [[nodiscard]] bool empty() const { return seen_.parts.empty(); }

 private:
  // Ids and classes are digits: "0000" and "ff" are no fillers there.
  static std::string raw(const fs::path& path) {
    const auto octets = read_file(path.native(), kMostHardwareValue);
    if (!octets) return {};
    auto text = copy_text(*octets);
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
    return text;
  }
  static bool on_usb(const fs::path& disk) {
    std::error_code error;
    const auto real = fs::canonical(disk, error);
    return raw(disk / "removable") == "1" || (!error && real.native().find("/usb") != std::string::npos);
  }
  // Classes 07 printer, 0b smart card, 0e video; of the device, or of one of its interfaces.
  static Component::Kind usb_kind(const fs::path& device, bool listed) {
    if (listed) return Component::READER;
    std::vector<std::string> classes{raw(device / "bDeviceClass")};
    bool there = false;
    for (const auto& entry : entries(device, there))
      if (entry.find(':') != std::string::npos) classes.push_back(raw(device / entry / "bInterfaceClass"));
    const std::pair<const char*, Component::Kind> kinds[] = {
        {"0b", Component::READER}, {"07", Component::PRINTER}, {"0e", Component::CAMERA}};
    for (const auto& [code, kind] : kinds)
      if (std::ranges::find(classes, code) != classes.end()) return kind;
    return Component::KIND_UNSPECIFIED;
  }
  [[nodiscard]] std::string driver(const std::string& port) const {
    const auto octets = read_file((root_ / "sys/class/net" / port / "device/uevent").native(), kMostHardwareValue);
    const auto text = octets ? copy_text(*octets) : std::string();
    std::string out;
    for (const std::string_view key : {"DRIVER=", "PCI_ID=", "PRODUCT="}) {
      const auto at = text.find(key);
      if (at == std::string::npos || (at != 0 && text[at - 1] != '\n')) continue;
      const auto begin = at + key.size();
      out += (out.empty() ? "" : " ") + text.substr(begin, text.find('\n', begin) - begin);
    }
    return out.empty() ? "network port" : out;
  }

  fs::path root_;
  HardwareSeen seen_;
};

}  // namespace

Result<HardwareSeen> LinuxHardwarePort::look(const std::set<std::string>& readers) {
  MachineReading reading(root_);
  reading.board();
  KW_CHECK(reading.digest_sources());
  reading.memory();
  reading.displays();
  reading.usb(readers);
  if (reading.empty()) return fail(Errc::not_found, "no component below " + root_);
  return std::move(reading).take();
}

}  // namespace kw::platform

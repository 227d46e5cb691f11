#include "platform/linux/hardware_sources.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/rtnetlink_sensor.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFile = std::size_t{1} << 20;  // /proc/cpuinfo of a large server; the rest is one line
constexpr std::size_t kMostSourceValue = 256;
constexpr std::size_t kMostParts = 64;  // disks, interfaces

// What makers leave in a field that nobody filled: no identity at all, and the same on every such machine.
constexpr std::array<std::string_view, 12> kFillers = {
    "to be filled by o.e.m.", "default string",           "none",       "n/a",     "not specified", "not applicable",
    "system serial number",   "base board serial number", "0123456789", "unknown", "invalid",       "o.e.m."};

std::string trimmed(std::string text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), blank));
  text.erase(std::find_if_not(text.rbegin(), text.rend(), blank).base(), text.end());
  return text;
}

Result<std::string> file_text(const fs::path& path) {
  KW_TRY(const auto octets, read_file(path.native(), kMostFile));
  return copy_text(octets);
}

std::optional<std::string> file_identity(const fs::path& path) {
  const auto text = file_text(path);  // absent, or withheld by the kernel: this machine does not tell
  return text ? hardware_identity(*text) : std::nullopt;
}

Result<std::string> hex_id(const std::string& raw, const char* what) {
  auto text = lower(trimmed(raw));
  std::erase(text, '-');
  const bool hex = text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || text.find_first_not_of('0') == std::string::npos) return fail(Errc::malformed, what);
  return text;
}

// The entries of a directory that have a `device`: a piece of hardware behind them.
std::vector<std::string> hardware_in(const fs::path& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end && out.size() < kMostParts;
       at.increment(error)) {
    std::error_code absent;
    if (fs::exists(at->path() / "device", absent)) out.push_back(at->path().filename().native());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void add_dmi(const fs::path& root, std::vector<device::SourceValue>& out) {
  for (const std::string field : {"board_name", "board_serial", "board_vendor", "product_serial", "product_uuid"})
    out.push_back({"dmi." + field, file_identity(root / "sys/class/dmi/id" / field)});
}

// x86: "model name". ARM: "Model", else "Hardware", else implementer and part; "Serial" on boards.
void add_cpu(const fs::path& root, std::vector<device::SourceValue>& out) {
  std::map<std::string, std::string> first;
  if (const auto text = file_text(root / "proc/cpuinfo")) {
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);)
      if (const auto colon = line.find(':'); colon != std::string::npos)
        first.try_emplace(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  const auto field = [&](const std::string& key) -> std::optional<std::string> {
    const auto at = first.find(key);
    return at != first.end() ? hardware_identity(at->second) : std::nullopt;
  };
  auto model = field("model name");
  if (!model) model = field("Model");
  if (!model) model = field("Hardware");
  if (!model && field("CPU part") && field("CPU implementer"))
    model = "implementer " + *field("CPU implementer") + " part " + *field("CPU part");
  out.push_back({"cpu.model", model});
  out.push_back({"cpu.serial", field("Serial")});
}

void add_disks(const fs::path& root, std::vector<device::SourceValue>& out) {
  const fs::path block = root / "sys/block";
  for (const auto& disk : hardware_in(block)) {
    if (disk.starts_with("sr") || disk.starts_with("fd")) continue;  // removable drives come and go
    auto serial = file_identity(block / disk / "device/serial");
    if (!serial) serial = file_identity(block / disk / "serial");  // virtio
    auto wwid = file_identity(block / disk / "wwid");
    if (!wwid) wwid = file_identity(block / disk / "device/wwid");
    auto model = file_identity(block / disk / "device/model");
    if (!model) model = file_identity(block / disk / "device/name");  // eMMC
    out.push_back({"disk." + disk + ".model", model});
    out.push_back({"disk." + disk + ".serial", serial});
    out.push_back({"disk." + disk + ".wwid", wwid});
  }
}

// sysfs calls an address permanent by addr_assign_type 0; on the running machine the kernel is asked for the burnt-in
// one, which holds even while another address is set.
Result<std::map<std::string, device::LinkObserved>> present_links() {
  std::map<std::string, device::LinkObserved> out;
  KW_TRY(const auto snapshot, RtnetlinkSensor().snapshot());
  for (const auto& observation : snapshot)
    if (const auto* link = std::get_if<device::LinkObserved>(&observation)) out.emplace(link->name, *link);
  return out;
}

Result<> add_interfaces(const HardwareOptions& options, std::vector<device::SourceValue>& out) {
  const fs::path net = fs::path(options.root) / "sys/class/net";
  std::map<std::string, device::LinkObserved> links;
  const bool running_machine = options.root == "/";
  if (running_machine) {
    KW_TRY(links, present_links());
  }
  const auto names = hardware_in(net);
  for (const auto& name : names) {
    if (running_machine && !links.contains(name)) continue;  // sysfs shows another network namespace
    std::optional<std::string> mac;
    if (running_machine && !links[name].permanent_mac.empty()) mac = hardware_identity(links[name].permanent_mac);
    const auto assigned = file_text(net / name / "addr_assign_type");
    if (!mac && assigned && trimmed(*assigned) == "0") mac = file_identity(net / name / "address");
    out.push_back({"nic." + name + ".permanent_mac", mac ? std::optional(lower(*mac)) : std::nullopt});
  }
  const auto& pinned = options.pinned_interface;
  const bool counted =
      std::find(names.begin(), names.end(), pinned) != names.end() && (!running_machine || links.contains(pinned));
  if (pinned.empty() || counted) return {};
  std::optional<std::string> mac;
  if (running_machine && links.contains(pinned)) mac = hardware_identity(links[pinned].mac);
  if (!running_machine) mac = file_identity(net / pinned / "address");
  out.push_back({"nic." + pinned + ".mac", mac ? std::optional(lower(*mac)) : std::nullopt});
  return {};
}

}  // namespace

std::optional<std::string> hardware_identity(const std::string& raw) {
  auto text = trimmed(raw.substr(0, kMostSourceValue));
  const auto word = lower(text);
  const bool empty_marks = word.find_first_not_of("0-:. x") == std::string::npos;
  const bool all_f = word.find_first_not_of("f-:") == std::string::npos;
  if (empty_marks || all_f || std::find(kFillers.begin(), kFillers.end(), word) != kFillers.end()) return std::nullopt;
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

Result<std::string> read_machine_id(const std::string& root) {
  auto text = file_text(fs::path(root) / "etc/machine-id");
  if (!text || trimmed(*text).empty()) text = file_text(fs::path(root) / "var/lib/dbus/machine-id");
  if (!text) return tl::unexpected<Error>(text.error().within("no unique device ID"));
  return hex_id(*text, "machine-id is not 32 hex digits");
}

Result<std::string> read_boot_id(const std::string& root) {
  KW_TRY(const auto text, file_text(fs::path(root) / "proc/sys/kernel/random/boot_id"));
  return hex_id(text, "boot_id is not a UUID");
}

Result<std::vector<device::SourceValue>> read_component_sources(const HardwareOptions& options) {
  std::vector<device::SourceValue> out;
  add_dmi(options.root, out);
  add_cpu(options.root, out);
  add_disks(options.root, out);
  KW_CHECK(add_interfaces(options, out));
  return out;
}

Result<HardwareReading> read_hardware(const HardwareOptions& options) {
  HardwareReading out;
  KW_TRY(out.unique_id, read_machine_id(options.root));
  out.sources.push_back({"machine-id", out.unique_id});
  KW_TRY(const auto components, read_component_sources(options));
  out.sources.insert(out.sources.end(), components.begin(), components.end());
  std::sort(out.sources.begin(), out.sources.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace kw::platform

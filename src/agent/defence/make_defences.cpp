#include "agent/defence/make_defences.h"

#include <unistd.h>

#include <algorithm>

#include "agent/defence/egress.h"
#include "agent/defence/camera.h"
#include "agent/defence/hardware.h"
#include "agent/defence/host.h"
#include "agent/defence/integrity.h"
#include "agent/defence/interfaces.h"
#include "agent/defence/malware.h"
#include "agent/defence/outbound.h"
#include "agent/defence/peripherals.h"
#include "agent/defence/programs.h"
#include "agent/defence/shell.h"
#include "agent/defence/system.h"
#include "agent/defence/worker.h"
#include "platform/linux/connections.h"
#include "platform/linux/drill_child.h"
#include "platform/linux/evdev_keys.h"
#include "platform/linux/fanotify_exec.h"
#include "platform/linux/fanotify_names.h"
#include "platform/linux/file_pass.h"
#include "platform/linux/linux_hardware_port.h"
#include "platform/linux/linux_host_port.h"
#include "platform/linux/linux_interface_port.h"
#include "platform/linux/linux_system_port.h"
#include "platform/linux/package_programs.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/process_watch.h"
#include "platform/linux/serial_module.h"
#include "platform/linux/sysfs_peripherals.h"
#include "platform/linux/uevent_socket.h"
#include "platform/linux/usbguard_peripherals.h"

namespace kw::agent {
namespace {

OutboundDefence::Ports outbound_ports(device::RulesetPort* ruleset) {
  return {ruleset,
          [](const auto& keep) -> Result<std::size_t> {
            const auto wanted = [&](const platform::OpenConnection& one) {
              return std::ranges::any_of(
                  keep, [&](const auto& to) { return to.first == one.remote && to.second == one.remote_port; });
            };
            KW_TRY(const auto ended, platform::end_connections(wanted));
            return ended.ended;
          },
          platform::packet_socket_holders};
}

std::unique_ptr<platform::SysfsPeripherals> sysfs() {
  return std::make_unique<platform::SysfsPeripherals>(std::make_unique<platform::SysTree>());
}

PeripheralDefence::Ports peripheral_ports(const Clock& clock) {
  const auto worker = std::make_shared<Worker>(), reader = std::make_shared<Worker>();
  PeripheralDefence::Ports out;
  out.kernel = sysfs();
  // Where the daemon is not installed its command is not found, which is an enforcer that never answers.
  out.usbguard = std::make_unique<platform::UsbguardPeripherals>(sysfs(), clock);
  out.hotplug = std::make_unique<platform::UeventSocket>();
  out.keys = std::make_unique<platform::EvdevKeys>();
  out.modules = std::make_unique<platform::SerialModule>();
  out.work = [worker](std::function<void()> job) { worker->run(std::move(job)); };
  out.ask = [reader](std::function<void()> job) { reader->run(std::move(job)); };
  out.end = [worker, reader] {
    worker->stop();
    reader->stop();
  };
  return out;
}

ProgramDefence::Ports program_ports() {
  return {std::make_unique<platform::FanotifyGate>(), std::make_unique<platform::LinuxProcessWatch>(),
          std::make_unique<platform::PackagePrograms>()};
}

IntegrityDefence::Ports integrity_ports() {
  return {std::make_unique<platform::LinuxFiles>(), std::make_unique<platform::FanotifyNames>()};
}

HostDefence::Ports host_ports() {
  platform::FanotifyNames::Options rights;
  rights.rights_only = true;
  rights.buffer = std::size_t{64} << 10;
  return {std::make_unique<platform::LinuxHostPort>(), std::make_unique<platform::LinuxFiles>(),
          std::make_unique<platform::FanotifyNames>(), std::make_unique<platform::FanotifyNames>(rights),
          platform::program_path(::getpid())};
}

}  // namespace

std::vector<std::unique_ptr<device::Defence>> make_defences(const DefencePorts& ports) {
  std::vector<std::unique_ptr<device::Defence>> out;
  out.push_back(std::make_unique<InterfaceDefence>(std::make_unique<platform::LinuxInterfacePort>()));
  out.push_back(std::make_unique<PeripheralDefence>(peripheral_ports(ports.clock)));
  out.push_back(std::make_unique<OutboundDefence>(outbound_ports(ports.ruleset)));
  out.push_back(std::make_unique<ProgramDefence>(program_ports()));
  out.push_back(std::make_unique<IntegrityDefence>(integrity_ports()));
  out.push_back(std::make_unique<HardwareDefence>(std::make_unique<platform::LinuxHardwarePort>(), ports.permit_boot_change));
  out.push_back(std::make_unique<SystemDefence>(
      SystemDefence::Ports{std::make_unique<platform::LinuxSystemPort>(),
                           {},
                           std::make_unique<platform::LinuxPurgePort>(ports.session),
                           ports.users,
                           {std::make_unique<platform::DrillChildStarter>(), ports.drill}}));
  out.push_back(std::make_unique<MalwareDefence>(malware_ports()));
  out.push_back(std::make_unique<EgressDefence>(egress_ports(ports.screen)));
  out.push_back(std::make_unique<CameraDefence>(camera_ports()));
  out.push_back(std::make_unique<ShellDefence>(shell_ports(ports.screen, ports.shell)));
  out.push_back(std::make_unique<HostDefence>(host_ports()));
  return out;
}

}  // namespace kw::agent

#include "agent/defence/disk_secret.h"
#include "agent/defence/egress.h"
#include "agent/defence/malware.h"
#include "platform/linux/clipboard_child.h"
#include "platform/linux/document_child.h"
#include "platform/linux/fanotify_scan.h"
#include "platform/linux/file_scanner.h"
#include "platform/linux/file_tree.h"
#include "platform/linux/file_vault.h"
#include "platform/linux/linux_mounts.h"
#include "platform/linux/linux_place_wire.h"
#include "platform/linux/nmea_source.h"

namespace kw::agent {
namespace {

EgressDocuments::Ports document_ports() {
  auto base = std::make_shared<SectionBase>();
  EgressDocuments::Ports out;
  out.scanner = std::make_unique<platform::DocumentScanner>();
  out.contents = std::make_unique<platform::FileScanner>(*out.scanner, base->clock);
  out.tree = std::make_unique<platform::ScanTree>(*out.contents);
  out.vault = std::make_unique<platform::FileVault>(
      [base](const std::string& directory) { return vault_secret(directory, base->random); }, base->random);
  platform::FanotifyScanGate::Options options;
  options.folders = true;
  options.most_scan = std::chrono::seconds(20);
  options.scanners = 2;
  out.gate = std::make_unique<platform::FanotifyScanGate>(*out.contents, base->clock, options);
  out.base = std::move(base);
  return out;
}

}  // namespace

EgressDefence::Ports egress_ports(platform::ScreenAccess screen) {
  EgressDefence::Ports out;
  out.place = {std::make_unique<platform::LinuxPlaceWire>(), std::make_unique<platform::NmeaSource>()};
  out.documents = document_ports();
  out.ways_out.mounts = std::make_unique<platform::LinuxMounts>();
  out.clipboard.starter = std::make_unique<platform::ClipboardChildStarter>(std::move(screen));
  return out;
}

}  // namespace kw::agent

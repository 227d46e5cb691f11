#pragma once
// file_printers finds print queues that write into files instead of printing (clause 9.7-b), in CUPS' printers.conf.
//
//   <Printer scan>          lines as CUPS writes them (cupsd, printers.conf(5))
//   DeviceURI file:///tmp/out.prn
//   </Printer>
//
// A queue for a device file (file:/dev/usb/lp0) prints. Lenient: what it does not know it passes over. PURE.
#include <string>
#include <string_view>
#include <vector>

namespace kw::device {

struct FilePrinter {
  std::string name, target;  // clean texts
  friend bool operator==(const FilePrinter&, const FilePrinter&) = default;
};
inline constexpr std::size_t kMostPrinters = 256;
[[nodiscard]] std::vector<FilePrinter> file_printers(std::string_view printers_conf);

}  // namespace kw::device

#include "platform/linux/serial_module.h"

#include "device/peripherals/sam_module.h"
#include "platform/linux/sam_line.h"

namespace kw::platform {

Result<std::string> SerialModule::module_of(const std::string& serial_line) {
  constexpr auto kModuleAnswer = std::chrono::seconds(1);
  KW_TRY(auto line, SamLine::open(root_ + serial_line));
  KW_TRY(const auto answer, line.ask(device::sam_request(), kModuleAnswer));
  return device::parse_sam_reply(answer.reveal());
}

}  // namespace kw::platform

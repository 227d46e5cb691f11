#include "device/defence.h"

namespace kw::device {

v1::Event defence_event(std::string type, std::string result,
                        std::initializer_list<std::pair<std::string, std::string>> params) {
  v1::Event out;
  out.set_type(std::move(type));
  out.set_result(std::move(result));
  for (const auto& [key, value] : params) (*out.mutable_params())[key] = value;
  return out;
}

}  // namespace kw::device

// links: agent
#include "agent/app/app_message.h"

#include "agent/app/session_values.h"
#include "trail/words.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::agent;
  std::int64_t id = 0;
  const auto message = parse_app_message({reinterpret_cast<const char*>(data), size}, id);
  if (!message) return 0;
  if (const auto* step = std::get_if<AppStep>(&*message); step != nullptr && !kw::trail::is_step(step->step))
    __builtin_trap();
  if (const auto* begin = std::get_if<AppBegin>(&*message);
      begin != nullptr && !kw::trail::is_plain_word(begin->matter))
    __builtin_trap();
  if (const auto* request = std::get_if<AppRequest>(&*message); request != nullptr) {
    if (request->body.size() > kw::trail::kMostRequestBody || !request->path.starts_with('/')) __builtin_trap();
    if (!kw::trail::is_method(request->method) || request->timeout_ms < 100 || request->id < 1) __builtin_trap();
  }
  if (const auto* put = std::get_if<AppPut>(&*message);
      put != nullptr && (put->field.empty() || put->value.empty() || put->value.size() > SessionValues::kMostOctets))
    __builtin_trap();
  if (const auto* submit = std::get_if<AppSubmit>(&*message);
      submit != nullptr && (submit->case_id.empty() != (submit->version == 0) || submit->number.empty()))
    __builtin_trap();
  if (!std::holds_alternative<AppHello>(*message) && id < 1) __builtin_trap();
  return 0;
}

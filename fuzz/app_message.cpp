// links: agent
#include "agent/app/app_message.h"

#include "agent/app/session_values.h"
#include "trail/words.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::agent;
  std::int64_t id = 0;
  const auto message = parse_app_message({reinterpret_cast<const char*>(data), size}, id);
  if (!message) return 0;
  bool bad = !std::holds_alternative<AppHello>(*message) && id < 1;
  if (const auto* step = std::get_if<AppStep>(&*message)) bad = bad || !kw::trail::is_step(step->step);
  if (const auto* begin = std::get_if<AppBegin>(&*message)) bad = bad || !kw::trail::is_plain_word(begin->matter);
  if (const auto* request = std::get_if<AppRequest>(&*message))
    bad = bad || request->body.size() > kw::trail::kMostRequestBody || !request->path.starts_with('/') ||
          !kw::trail::is_method(request->method) || request->timeout_ms < 100 || request->id < 1;
  if (const auto* put = std::get_if<AppPut>(&*message))
    bad = bad || put->field.empty() || put->value.empty() || put->value.size() > SessionValues::kMostOctets;
  if (const auto* submit = std::get_if<AppSubmit>(&*message))
    bad = bad || submit->case_id.empty() != (submit->version == 0) || submit->number.empty();
  if (const auto* file = std::get_if<AppPutFile>(&*message))
    bad = bad || file->octets.empty() || file->octets.size() > kw::trail::kMostFilePart ||
          file->offset + file->octets.size() > file->size || file->case_id.size() != 16;
  if (bad) __builtin_trap();
  return 0;
}

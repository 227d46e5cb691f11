// links: server
// What somebody writes as a subject, or files as a record: what is read is written as it was.
#include "server/api/bodies.h"
#include "server/compliance/compliance_service.h"

namespace {
template <class T>
void body_of(std::string_view text) {
  const auto body = kw::server::read_json<T>(text);
  if (body && !kw::server::read_json<T>(kw::server::write_json(*body))) __builtin_trap();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto subject = kw::server::parse_subject(text);
  if (subject && kw::lower(text) != kw::server::subject_text(*subject)) __builtin_trap();
  body_of<kw::server::ComplianceRecordNew>(text);
  body_of<kw::server::ComplianceStatementNew>(text);
  return 0;
}

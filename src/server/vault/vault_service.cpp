// What reading and writing share. Writing: vault_write.cpp; reading: vault_read.cpp.
#include "server/vault/vault_service.h"

namespace kw::server {
namespace {

constexpr unsigned kMostFinds = 30;
constexpr Duration kFindSpan = std::chrono::minutes(1);

}  // namespace

VaultService::VaultService(Changes& changes, Parts parts, Log& log)
    : changes_(changes), parts_(parts), log_(log), finds_(kMostFinds, kFindSpan) {}

masking::Filing VaultService::filing(const VaultTable& table, const store::VaultCase& row, const CaseValues& values,
                                     std::map<std::string, std::string> fields) const {
  std::string name;
  for (const auto& field : table.form().matter().fields) {
    if (field.type != vault::FieldType::name) continue;
    if (const auto at = values.find(field.name); at != values.end()) name = copy_text(at->second.reveal());
    break;
  }
  return {VaultAccess::subject(row), {row.matter, row.number, row.status, std::move(name)}, std::move(fields)};
}

Result<CaseValues> VaultService::opened(const VaultTable& table, const store::VaultCase& row) const {
  auto values = parts_.keys.with([&](const vault::KeyRing& ring) { return table.form().open(ring, row); });
  if (!values) {
    log_.error("vault.open", {{"matter", row.matter}, {"case", row.id.text()}, {"error", values.error().text()}});
    return fail(Errc::corrupt, "case " + row.id.text());
  }
  return values;
}

}  // namespace kw::server

// The text of an extract: CSV (RFC 4180) with a byte-order mark, for spreadsheets in Chinese; or JSON Lines.
#include <array>

#include "server/extract_service.h"
#include "server/views.h"

namespace kw::server {
namespace {

constexpr std::array<std::string_view, 15> kColumns{"index",  "time",     "received", "type",   "result",
                                                    "severity", "device", "device_name", "person", "role",
                                                    "clause", "case_id",  "trace",    "params", "watermark"};

/// What begins like a formula gets an apostrophe before it; quotes are doubled.
std::string csv_cell(std::string_view text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string extract_head(const store::Extract& extract, const ledger::Checkpoint& head) {
  const auto ledger_words = head.origin + " " + std::to_string(head.size) + " " + to_hex(head.root);
  if (extract.form == "jsonl") {
    const Params facts{{"watermark", ExtractService::watermark(extract)}, {"account", extract.account},
                       {"purpose", extract.purpose}, {"filter", extract.filter}, {"made", to_rfc3339(extract.made)},
                       {"expires", to_rfc3339(extract.expires)}, {"ledger", ledger_words}};
    return R"({"extract":)" + write_json(facts) + "}\n";
  }
  std::string out = "\xef\xbb\xbf";
  const std::array<std::pair<std::string_view, std::string>, 7> facts{{{"watermark", ExtractService::watermark(extract)},
                                                                       {"account", extract.account},
                                                                       {"purpose", extract.purpose},
                                                                       {"filter", extract.filter},
                                                                       {"made", to_rfc3339(extract.made)},
                                                                       {"expires", to_rfc3339(extract.expires)},
                                                                       {"ledger", ledger_words}}};
  for (const auto& [name, value] : facts) out += csv_cell(name) + "," + csv_cell(value) + "\r\n";
  out += "\r\n";
  for (std::size_t i = 0; i < kColumns.size(); ++i) out += (i == 0 ? "" : ",") + csv_cell(kColumns.at(i));
  return out + "\r\n";
}

std::string extract_line(const store::Extract& extract, const AuditItem& item) {
  const auto row = view(item.entry, item.index, item.device_name, item.archived);
  if (extract.form == "jsonl") {
    auto text = write_json(row);
    text.pop_back();
    return text + R"(,"watermark":")" + ExtractService::watermark(extract) + "\"}\n";
  }
  std::string params;
  for (const auto& [name, value] : row.params) params += (params.empty() ? "" : "; ") + name + "=" + value;
  const std::array<std::string, 15> cells{std::to_string(row.index), row.time, row.received, row.type, row.result,
                                          row.severity, row.device, row.device_name, row.person, row.role,
                                          row.clause, row.case_id, row.trace, params, ExtractService::watermark(extract)};
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + csv_cell(cells.at(i));
  return out + "\r\n";
}

}  // namespace kw::server

// The text of an extract: CSV (RFC 4180) with a byte-order mark, for spreadsheets in Chinese; or JSON Lines.
#include <array>

#include "server/extract_service.h"
#include "server/views.h"

namespace kw::server {
namespace {

constexpr std::array<std::string_view, 15> kColumns{"index",    "time",    "received",    "type",   "result",
                                                    "severity", "device",  "device_name", "person", "role",
                                                    "clause",   "case_id", "trace",       "params", "watermark"};

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

/// facts_of says where what is not here any more can be had.
Params facts_of(const store::ArchiveRecord& record) {
  const auto& seal = record.seal;
  return {{"segment", std::to_string(seal.number)}, {"first", std::to_string(seal.first)},
          {"last", std::to_string(seal.end - 1)},   {"place", record.place},
          {"bundle", to_hex(record.bundle_digest)}, {"exported", to_rfc3339(record.exported)},
          {"removed", to_rfc3339(record.removed)}};
}

std::string archived_rows(const std::vector<store::ArchiveRecord>& archived) {
  std::string out;
  for (const auto& record : archived) {
    auto facts = facts_of(record);
    out += csv_cell("archived") + "," + csv_cell("entries " + facts["first"] + " to " + facts["last"]) + "," +
           csv_cell("segment " + facts["segment"]) + "," + csv_cell("kept at " + facts["place"]) + "," +
           csv_cell("bundle SM3 " + facts["bundle"]) + "," + csv_cell("exported " + facts["exported"]) + "," +
           csv_cell("removed " + facts["removed"]) + "\r\n";
  }
  return out;
}

}  // namespace

std::string extract_head(const store::Extract& extract, const ledger::Checkpoint& head,
                         const std::vector<store::ArchiveRecord>& archived) {
  const auto ledger_words = head.origin + " " + std::to_string(head.size) + " " + to_hex(head.root);
  if (extract.form == "jsonl") {
    const Params facts{{"watermark", ExtractService::watermark(extract)},
                       {"account", extract.account},
                       {"purpose", extract.purpose},
                       {"filter", extract.filter},
                       {"made", to_rfc3339(extract.made)},
                       {"expires", to_rfc3339(extract.expires)},
                       {"ledger", ledger_words}};
    auto out = R"({"extract":)" + write_json(facts) + "}\n";
    for (const auto& record : archived) out += R"({"archived":)" + write_json(facts_of(record)) + "}\n";
    return out;
  }
  std::string out = "\xef\xbb\xbf";
  const std::array<std::pair<std::string_view, std::string>, 7> facts{
      {{"watermark", ExtractService::watermark(extract)},
       {"account", extract.account},
       {"purpose", extract.purpose},
       {"filter", extract.filter},
       {"made", to_rfc3339(extract.made)},
       {"expires", to_rfc3339(extract.expires)},
       {"ledger", ledger_words}}};
  for (const auto& [name, value] : facts) out += csv_cell(name) + "," + csv_cell(value) + "\r\n";
  out += archived_rows(archived);
  out += "\r\n";
  for (std::size_t i = 0; i < kColumns.size(); ++i) out += (i == 0 ? "" : ",") + csv_cell(kColumns.at(i));
  return out + "\r\n";
}

std::string extract_line(const store::Extract& extract, const AuditItem& item,
                         const std::vector<store::ArchiveRecord>& archived) {
  auto row = view(item.entry, item.index, item.device_name, item.archived);
  const auto holder = std::ranges::find_if(archived, [&](const store::ArchiveRecord& record) {
    return record.seal.first <= item.index && item.index < record.seal.end;
  });
  if (item.archived && holder != archived.end()) {
    row.result = "archived";
    row.params = {{"segment", std::to_string(holder->seal.number)}, {"place", holder->place}};
  }
  if (extract.form == "jsonl") {
    auto text = write_json(row);
    text.pop_back();
    return text + R"(,"watermark":")" + ExtractService::watermark(extract) + "\"}\n";
  }
  std::string params;
  for (const auto& [name, value] : row.params) params += (params.empty() ? "" : "; ") + name + "=" + value;
  const std::array<std::string, 15> cells{std::to_string(row.index),
                                          row.time,
                                          row.received,
                                          row.type,
                                          row.result,
                                          row.severity,
                                          row.device,
                                          row.device_name,
                                          row.person,
                                          row.role,
                                          row.clause,
                                          row.case_id,
                                          row.trace,
                                          params,
                                          ExtractService::watermark(extract)};
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + csv_cell(cells.at(i));
  return out + "\r\n";
}

}  // namespace kw::server

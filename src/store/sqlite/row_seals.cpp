#include "store/sqlite/row_seals.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "base/writer.h"
#include "crypto/sm3.h"

namespace kw::store {
namespace {

constexpr std::size_t kMac = 32;

/// A protected table: its primary key, and the columns that live on without anybody's decision.
struct Protected {
  std::string_view name, key;
  std::vector<std::string_view> alive;
};
const std::vector<Protected>& protected_tables() {
  static const std::vector<Protected> tables{
      {"users", "id", {"totp_step", "failures", "locked_until", "last_login", "one_time_expires"}},
      {"sites", "id", {}},
      {"devices",
       "id",
       {"online", "state", "policy_revision", "policy_digest", "policy_wanted", "last_seen", "agent_version", "case_id",
        "acknowledged", "live"}},
      {"certificates", "serial", {}},
      {"policies", "revision", {}},
      {"orders", "id", {"state", "outcome_reason"}},
      {"baselines", "id", {"outcome", "outcome_reason"}},
      {"requests", "id", {}},
      {"signing_keys", "id", {}},
      {"person_rules", "revision", {}},
      {"signings", "id", {}},
      {"regions", "id", {}},
      {"api_tokens", "id", {"last_used"}},
      {"factors", "id", {"counter", "last_used"}},  // who adds one logs in as somebody else
      {"meta", "key", {}},
      {"subjects", "id", {}},
      {"subject_keys", "subject", {}},   // who destroys a key destroys evidence
      {"vault_keys", "name", {}},        // who changes a key's state or takes it away makes data unreadable
      {"exports", "name", {}},           // who moves a cursor leaves records out
      {"export_records", "id", {}},      // so does who says that a refused record was taken
      {"export_profiles", "id", {}},     // and who sends them elsewhere
      {"compliance_records", "id", {}},  // who adds one attests in somebody's name
  };
  return tables;
}

using Key = std::shared_ptr<const SecretBytes>;

void write_value(Writer& out, sqlite3_value* value) {
  const auto type = sqlite3_value_type(value);
  out.u8(static_cast<Byte>(type));
  if (type == SQLITE_INTEGER) {
    out.u64(static_cast<std::uint64_t>(sqlite3_value_int64(value)));
  } else if (type != SQLITE_NULL) {
    const auto* octets = static_cast<const Byte*>(sqlite3_value_blob(value));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
    out.u32(static_cast<std::uint32_t>(size)).raw({octets, octets == nullptr ? 0 : size});
  }
}

void mac_function(sqlite3_context* context, int count, sqlite3_value** values) {
  const auto& key = *static_cast<const Key*>(sqlite3_user_data(context));
  Writer out(256);
  for (int i = 0; i < count; ++i) write_value(out, values[i]);
  const auto octets = std::move(out).take();
  const auto mac = crypto::hmac_sm3(key->reveal(), {octets});
  sqlite3_result_blob(context, mac.data(), static_cast<int>(mac.size()), SQLITE_TRANSIENT);
}

void xor_function(sqlite3_context* context, int, sqlite3_value** values) {
  std::array<Byte, kMac> out{};
  for (int i = 0; i < 2; ++i) {
    const auto* octets = static_cast<const Byte*>(sqlite3_value_blob(values[i]));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
    if (octets != nullptr && size == kMac)
      for (std::size_t at = 0; at < kMac; ++at) out.at(at) ^= octets[at];
  }
  sqlite3_result_blob(context, out.data(), kMac, SQLITE_TRANSIENT);
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// columns gives the protected columns of a table, in its own order.
Result<std::vector<std::string>> columns(Database& db, const Protected& table) {
  KW_TRY(auto all, db.all<std::string>("SELECT name FROM pragma_table_info(" + quoted(table.name) + ") ORDER BY cid",
                                       {}, [](Row& row) { return row.text(); }));
  std::erase_if(all, [&](const auto& column) { return std::ranges::find(table.alive, column) != table.alive.end(); });
  return all;
}

std::string joined(const std::vector<std::string>& columns, const std::string& prefix) {
  std::string out;
  for (const auto& column : columns) out += (out.empty() ? "" : ", ") + prefix + column;
  return out;
}

std::string mac_of_row(const Protected& table, const std::vector<std::string>& columns, const std::string& of) {
  return "kw_mac(" + quoted(table.name) + ", " + joined(columns, of) + ")";
}

struct Trigger {
  std::string name, sql;
};
std::vector<Trigger> triggers(const Protected& table, const std::vector<std::string>& columns) {
  const auto tbl = quoted(table.name);
  const auto key = std::string(table.key);
  const auto old_seal = "(SELECT mac FROM row_seals WHERE tbl = " + tbl + " AND key = OLD." + key + ")";
  const auto count = [&](const std::string& rows, const std::string& total) {
    return "UPDATE table_seals SET count = count" + rows + ", total = " + total + " WHERE tbl = " + tbl +
           "; UPDATE table_seals SET mac = kw_mac(tbl, columns, count, total) WHERE tbl = " + tbl + "; ";
  };
  const auto fresh = mac_of_row(table, columns, "NEW.");
  const auto name = "seal_" + std::string(table.name);
  return {
      {name + "_insert", "CREATE TRIGGER " + name + "_insert AFTER INSERT ON " + std::string(table.name) +
                             " BEGIN INSERT INTO row_seals VALUES (" + tbl + ", NEW." + key + ", " + fresh + "); " +
                             count(" + 1", "kw_xor(total, " + fresh + ")") + "END"},
      {name + "_update", "CREATE TRIGGER " + name + "_update AFTER UPDATE OF " + joined(columns, "") + " ON " +
                             std::string(table.name) + " BEGIN " +
                             count("", "kw_xor(kw_xor(total, " + old_seal + "), " + fresh + ")") +
                             "UPDATE row_seals SET key = NEW." + key + ", mac = " + fresh + " WHERE tbl = " + tbl +
                             " AND key = OLD." + key + "; END"},
      {name + "_delete", "CREATE TRIGGER " + name + "_delete AFTER DELETE ON " + std::string(table.name) + " BEGIN " +
                             count(" - 1", "kw_xor(total, " + old_seal + ")") +
                             "DELETE FROM row_seals WHERE tbl = " + tbl + " AND key = OLD." + key + "; END"},
  };
}

/// in_words gives a key as people read it.
std::string in_words(const Bytes& key, bool text) { return text ? std::string(text_of(key)) : to_hex(key); }

constexpr auto kFound = "typeof(key) <> 'blob', CAST(key AS BLOB)";

Result<> find_in(Database& db, const Protected& table, const std::vector<std::string>& all,
                 std::vector<RowFinding>& out) {
  const auto tbl = quoted(table.name);
  const auto key = std::string(table.key);
  const auto take = [&](const std::string& what, const std::string& sql) -> Result<> {
    KW_TRY(auto found, db.all<RowFinding>(sql + " LIMIT " + std::to_string(RowSeals::kMostFindings), {}, [&](Row& row) {
      const bool text = row.flag();
      return RowFinding{std::string(table.name), in_words(row.blob(), text), what};
    }));
    std::ranges::move(found, std::back_inserter(out));
    return {};
  };
  const auto rows = "SELECT " + std::string(kFound) + " FROM (SELECT t." + key + " AS key FROM " +
                    std::string(table.name) + " t LEFT JOIN row_seals s ON s.tbl = " + tbl + " AND s.key = t." + key +
                    " WHERE ";
  KW_CHECK(take("added", rows + "s.mac IS NULL)"));
  KW_CHECK(take("changed", rows + "s.mac <> " + mac_of_row(table, all, "t.") + ")"));
  KW_CHECK(take("deleted", "SELECT " + std::string(kFound) + " FROM row_seals s WHERE tbl = " + tbl +
                               " AND NOT EXISTS (SELECT 1 FROM " + std::string(table.name) + " WHERE " + key +
                               " = s.key)"));
  const auto sealed =
      db.one<bool>("SELECT mac = kw_mac(tbl, columns, count, total) FROM table_seals WHERE tbl = " + tbl, {},
                   [](Row& row) { return row.flag(); });
  if (!sealed && sealed.code() != Errc::not_found) return sealed.error();
  std::array<Byte, kMac> sum{};
  std::uint64_t count = 0;
  const auto macs = db.all<bool>("SELECT mac FROM row_seals WHERE tbl = " + tbl, {}, [&](Row& row) {
    const auto mac = row.blob();
    for (std::size_t i = 0; i < kMac && mac.size() == kMac; ++i) sum.at(i) ^= mac[i];
    ++count;
    return true;
  });
  if (!macs) return macs.error();
  const bool whole = sealed && *sealed &&
                     db.count("SELECT count(*) FROM table_seals WHERE tbl = ? AND count = ? AND total = ?",
                              {table.name, count, ByteView(sum)})
                             .value_or(0) == 1;
  if (!whole) out.push_back({std::string(table.name), "", "seals"});
  return {};
}

/// What a table's seal says of its columns, and whether it is whole.
struct Known {
  std::vector<std::string> columns;
  bool good;
};
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(", "), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

/// seal_table makes the seals of a table anew from its rows.
Result<> seal_table(Database& db, const Protected& table, const std::vector<std::string>& all) {
  const auto tbl = quoted(table.name);
  KW_CHECK(db.exec("DELETE FROM row_seals WHERE tbl = ?", {table.name}));
  KW_CHECK(db.exec("INSERT INTO row_seals SELECT " + tbl + ", " + std::string(table.key) + ", " +
                   mac_of_row(table, all, "") + " FROM " + std::string(table.name)));
  std::array<Byte, kMac> sum{};
  std::uint64_t count = 0;
  KW_CHECK(db.all<bool>("SELECT mac FROM row_seals WHERE tbl = ?", {table.name}, [&](Row& row) {
    const auto mac = row.blob();
    for (std::size_t i = 0; i < kMac && mac.size() == kMac; ++i) sum.at(i) ^= mac[i];
    ++count;
    return true;
  }));
  KW_CHECK(db.exec("INSERT OR REPLACE INTO table_seals SELECT ?1, ?2, ?3, ?4, kw_mac(?1, ?2, ?3, ?4)",
                   {table.name, joined(all, ""), count, ByteView(sum)}));
  return {};
}

/// set_triggers: true where they were there as they should be.
Result<bool> set_triggers(Database& db, const Protected& table, const std::vector<std::string>& all) {
  bool as_they_were = true;
  for (const auto& trigger : triggers(table, all)) {
    const auto there = db.one<std::string>("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?",
                                           {trigger.name}, [](Row& row) { return row.text(); });
    if (!there && there.code() != Errc::not_found) return there.error();
    if (there && *there == trigger.sql) continue;
    as_they_were = false;
    KW_CHECK(db.script("DROP TRIGGER IF EXISTS " + trigger.name + "; " + trigger.sql));
  }
  return as_they_were;
}

}  // namespace

Result<> RowSeals::attach(Database& db, SecretBytes key) {
  const Key shared = std::make_shared<const SecretBytes>(std::move(key));
  KW_CHECK(db.add_function("kw_mac", -1, mac_function, shared));
  return db.add_function("kw_xor", 2, xor_function, shared);
}

Result<std::vector<RowFinding>> RowSeals::check(Database& db) {
  std::vector<RowFinding> out;
  for (const auto& table : protected_tables()) {
    KW_TRY(const auto all, columns(db, table));
    KW_CHECK(find_in(db, table, all, out));
  }
  if (out.size() > kMostFindings) out.resize(kMostFindings);
  return out;
}

Result<std::vector<RowFinding>> RowSeals::prepare(Database& db, bool expected, const std::set<std::string>& born) {
  std::vector<RowFinding> out;
  KW_TRY(const auto there, db.count("SELECT count(*) FROM sqlite_schema WHERE name = 'row_seals'"));
  const bool fresh = there == 0;
  if (fresh && expected) out.push_back({"row_seals", "", "seals"});
  if (fresh)
    KW_CHECK(
        db.script("CREATE TABLE row_seals (tbl TEXT NOT NULL, key NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (tbl, key)) "
                  "WITHOUT ROWID; CREATE TABLE table_seals (tbl TEXT PRIMARY KEY, columns TEXT NOT NULL, count INTEGER "
                  "NOT NULL, total BLOB NOT NULL, mac BLOB NOT NULL) WITHOUT ROWID;"));
  for (const auto& table : protected_tables()) {
    KW_TRY(const auto all, columns(db, table));
    const auto known =
        db.one<Known>("SELECT columns, mac = kw_mac(tbl, columns, count, total) FROM table_seals WHERE tbl = ?",
                      {table.name}, [](Row& row) {
                        Known found{split(row.text()), false};
                        found.good = row.flag();
                        return found;
                      });
    if (!known && known.code() != Errc::not_found) return known.error();
    KW_TRY(const auto as_they_were, set_triggers(db, table, all));
    if (!known) {
      if (!fresh && !born.contains(std::string(table.name))) out.push_back({std::string(table.name), "", "seals"});
      KW_CHECK(seal_table(db, table, all));
      continue;
    }
    // Other columns come with a newer program's migration: what they were is under the seal, and what was sealed is
    // checked as it was before it is sealed anew.
    KW_CHECK(find_in(db, table, known->good ? known->columns : all, out));
    if (known->good && known->columns != all)
      KW_CHECK(seal_table(db, table, all));
    else if (!as_they_were)
      out.push_back({std::string(table.name), "", "schema"});
  }
  if (out.size() > kMostFindings) out.resize(kMostFindings);
  return out;
}

Result<> RowSeals::accept(Database& db) {
  for (const auto& table : protected_tables()) {
    KW_TRY(const auto all, columns(db, table));
    KW_CHECK(set_triggers(db, table, all));
    KW_CHECK(seal_table(db, table, all));
  }
  return {};
}

}  // namespace kw::store

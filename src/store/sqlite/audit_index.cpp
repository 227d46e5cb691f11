#include <algorithm>
#include <limits>
#include <map>

#include "base/reader.h"
#include "base/writer.h"
#include "store/audit/index_set.h"
#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

enum class AuditField { type = 1, device, site, person, result, severity, trace, case_id };
constexpr std::int64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;

Bytes key_of(std::string_view text) { return copy(bytes_of(text)); }
Bytes key_of(int number) { return {static_cast<Byte>(number)}; }
template <class Tag>
Bytes key_of(const Id<Tag>& id) {
  return id.is_nil() ? Bytes() : copy(id.bytes());
}

/// A filter: any of these values of one field.
struct Wanted {
  AuditField field;
  std::vector<Bytes> values;
};

std::vector<Wanted> wanted_by(const AuditQuery& query) {
  std::vector<Wanted> out;
  // Those that match least come first: a block that one of them is not in is done with.
  if (!query.trace.empty()) out.push_back({AuditField::trace, {query.trace}});
  if (!query.case_id.empty()) out.push_back({AuditField::case_id, {query.case_id}});
  if (query.device) out.push_back({AuditField::device, {key_of(*query.device)}});
  if (!query.person.empty()) out.push_back({AuditField::person, {key_of(query.person)}});
  if (!query.type.empty()) out.push_back({AuditField::type, {key_of(query.type)}});
  if (query.site) out.push_back({AuditField::site, {key_of(*query.site)}});
  if (!query.result.empty()) out.push_back({AuditField::result, {key_of(query.result)}});
  if (query.least_severity > 1) {
    Wanted severe{AuditField::severity, {}};
    for (int i = query.least_severity; i <= 5; ++i) severe.values.push_back(key_of(i));
    out.push_back(std::move(severe));
  }
  return out;
}

/// The times of a block: its first, and how much later each entry is, in units of a millisecond or, where the block
/// spans more than 49 days, of a second.
struct BlockTimes {
  std::int64_t first = 0, last = 0, unit = kMillisecond;
  Bytes times;  // u32 each
};

BlockTimes times_of(const std::vector<std::int64_t>& all) {
  BlockTimes out;
  const auto [least, most] = std::ranges::minmax(all);
  out.first = least;
  out.last = most;
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if ((most - least) / kMillisecond > kMost) out.unit = kSecond;
  Writer writer(all.size() * 4);
  for (const auto time : all) writer.u32(static_cast<std::uint32_t>(std::min((time - least) / out.unit, kMost)));
  out.times = std::move(writer).take();
  return out;
}

/// in_time is what lies within [from, to), to the unit.
Result<IndexSet> in_time(const BlockTimes& block, const AuditQuery& query) {
  const auto units = [&](Timestamp time) { return (time.unix_ns - block.first) / block.unit; };
  IndexSet out;
  Reader in(block.times);
  for (std::size_t i = 0; i < IndexSet::kBlock; ++i) {
    KW_TRY(const auto offset, in.u32());
    const auto at = static_cast<std::int64_t>(offset);
    const bool after = !query.from || block.first >= query.from->unix_ns || at >= units(*query.from);
    const bool before = !query.to || (query.to->unix_ns > block.first && at <= units({query.to->unix_ns - 1}));
    if (after && before) out.add(static_cast<std::uint16_t>(i));
  }
  return out;
}

}  // namespace

Result<std::uint64_t> SqliteAuditIndex::next_index() {
  KW_TRY(const auto closed, db_.count("SELECT coalesce(max(block) + 1, 0) FROM audit_blocks"));
  return db_.count("SELECT coalesce(max(ledger_index) + 1, ?) FROM audit_open", {closed * IndexSet::kBlock});
}

Result<> SqliteAuditIndex::insert(const AuditRow& row) {
  KW_TRY(const auto next, next_index());
  if (row.index != next) return fail(Errc::conflict, "the audit index goes on at " + std::to_string(next));
  KW_CHECK(db_.exec("INSERT INTO audit_open VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {row.index, row.time, row.type, row.device, row.site, row.person, row.result, row.severity, row.trace,
                     row.case_id}));
  return (next + 1) % IndexSet::kBlock == 0 ? close(next / IndexSet::kBlock) : Result<>();
}

Result<> SqliteAuditIndex::close(std::uint64_t block) {
  std::map<std::pair<AuditField, Bytes>, IndexSet> sets;
  std::vector<std::int64_t> times;
  times.reserve(IndexSet::kBlock);
  const auto rows = db_.all<AuditRow>("SELECT * FROM audit_open ORDER BY ledger_index", {}, [&](Row& from) {
    AuditRow row;
    row.index = from.count();
    row.time = from.time();
    row.type = from.text();
    row.device = from.id<DeviceId>();
    row.site = from.id<SiteId>();
    row.person = from.text();
    row.result = from.text();
    row.severity = static_cast<int>(from.number());
    row.trace = from.blob();
    row.case_id = from.blob();
    return row;
  });
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    const auto position = static_cast<std::uint16_t>(row.index % IndexSet::kBlock);
    const auto add = [&](AuditField field, Bytes value) {
      if (!value.empty()) sets[{field, std::move(value)}].add(position);
    };
    add(AuditField::type, key_of(row.type));
    add(AuditField::device, key_of(row.device));
    add(AuditField::site, key_of(row.site));
    add(AuditField::person, key_of(row.person));
    add(AuditField::result, key_of(row.result));
    add(AuditField::severity, key_of(row.severity));
    add(AuditField::trace, row.trace);
    add(AuditField::case_id, row.case_id);
    times.push_back(row.time.unix_ns);
  }
  if (times.size() != IndexSet::kBlock) return fail(Errc::corrupt, "the audit index has gaps");
  for (const auto& [place, set] : sets)
    KW_CHECK(db_.exec("INSERT INTO audit_postings VALUES (?, ?, ?, ?)",
                      {static_cast<int>(place.first), place.second, block, set.encode()}));
  auto span = times_of(times);
  KW_CHECK(db_.exec("INSERT INTO audit_blocks VALUES (?, ?, ?, ?, ?)",
                    {block, span.first, span.last, span.unit, std::move(span.times)}));
  KW_CHECK(db_.exec("DELETE FROM audit_open"));
  return {};
}

/// One search: rows of the open block, then sets, block by block.
class SqliteAuditIndex::Search {
 public:
  Search(Database& db, const AuditQuery& query) : db_(db), query_(query), wanted_(wanted_by(query)) {}

  Result<std::vector<std::uint64_t>> run() {
    KW_TRY(out_, open_rows());
    KW_TRY(const auto closed, db_.count("SELECT coalesce(max(block) + 1, 0) FROM audit_blocks"));
    auto end = closed * IndexSet::kBlock;
    if (query_.before) end = std::min(end, *query_.before);
    while (end > 0 && out_.size() < query_.limit) {
      const auto block = (end - 1) / IndexSet::kBlock;
      KW_CHECK(look(block, end - block * IndexSet::kBlock));
      end = block * IndexSet::kBlock;
    }
    return std::move(out_);
  }

 private:
  Result<std::vector<std::uint64_t>> open_rows() {
    std::string where = "WHERE 1 ";
    Values values;
    const auto add = [&](std::string_view condition, Value value) {
      where += "AND " + std::string(condition) + " ? ";
      values.push_back(std::move(value));
    };
    if (query_.before) add("ledger_index <", *query_.before);
    if (!query_.type.empty()) add("type =", query_.type);
    if (!query_.person.empty()) add("person =", query_.person);
    if (!query_.result.empty()) add("result =", query_.result);
    if (query_.device) add("device =", *query_.device);
    if (query_.site) add("site =", *query_.site);
    if (query_.least_severity > 1) add("severity >=", query_.least_severity);
    if (!query_.trace.empty()) add("trace =", query_.trace);
    if (!query_.case_id.empty()) add("case_id =", query_.case_id);
    if (query_.from) add("time >=", *query_.from);
    if (query_.to) add("time <", *query_.to);
    values.emplace_back(static_cast<std::uint64_t>(query_.limit));
    return db_.all<std::uint64_t>("SELECT ledger_index FROM audit_open " + where + "ORDER BY ledger_index DESC LIMIT ?",
                                  values, [](Row& row) { return row.count(); });
  }

  /// look adds what positions below `end` of a block match.
  Result<> look(std::uint64_t block, std::size_t end) {
    auto found = IndexSet::all();
    for (const auto& one : wanted_) {
      IndexSet any;
      bool there = false;
      for (const auto& value : one.values) {
        KW_TRY(const auto sets, db_.all<Bytes>(
            "SELECT positions FROM audit_postings WHERE field = ? AND value = ? AND block = ?",
            {static_cast<int>(one.field), value, block}, [](Row& row) { return row.blob(); }));
        if (sets.empty()) continue;
        KW_TRY(const auto set, IndexSet::decode(sets.front()));
        any.unite(set);
        there = true;
      }
      if (!there) return {};
      found.intersect(any);
    }
    found.keep_below(end);
    if (found.empty()) return {};
    if (query_.from || query_.to) KW_CHECK(keep_time(block, found));
    found.for_each_descending([&](std::uint16_t position) {
      out_.push_back(block * IndexSet::kBlock + position);
      return out_.size() < query_.limit;
    });
    return {};
  }

  Result<> keep_time(std::uint64_t block, IndexSet& found) {
    KW_TRY(auto span, db_.one<BlockTimes>("SELECT first, last, unit FROM audit_blocks WHERE block = ?", {block}, [](Row& row) {
      BlockTimes out;
      out.first = row.number();
      out.last = row.number();
      out.unit = row.number();
      return out;
    }));
    const bool all_before = query_.to && span.first >= query_.to->unix_ns;
    const bool all_after = query_.from && span.last < query_.from->unix_ns;
    if (all_before || all_after) {
      found = IndexSet();
      return {};
    }
    const bool whole = (!query_.from || span.first >= query_.from->unix_ns) && (!query_.to || span.last < query_.to->unix_ns);
    if (whole) return {};
    if (span.unit <= 0) return fail(Errc::corrupt, "audit_blocks.unit");
    KW_TRY(span.times, db_.one<Bytes>("SELECT times FROM audit_blocks WHERE block = ?", {block},
                                      [](Row& row) { return row.blob(); }));
    KW_TRY(const auto within, in_time(span, query_));
    found.intersect(within);
    return {};
  }

  Database& db_;
  const AuditQuery& query_;
  std::vector<Wanted> wanted_;
  std::vector<std::uint64_t> out_;
};

Result<std::vector<std::uint64_t>> SqliteAuditIndex::search(const AuditQuery& query) { return Search(db_, query).run(); }

}  // namespace kw::store

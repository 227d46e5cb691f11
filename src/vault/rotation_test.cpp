// A table is rotated while others write to it and read it, by a program that is stopped at every place.
#include "vault/rotation.h"

#include <gtest/gtest.h>

#include <map>

#include "vault/sample_records.h"
#include "vault/test_keys.h"
#include "vault/wrap.h"

namespace kw::vault {
namespace {

/// A table of persons by name, as a database has it: one searched column and one that is not.
class PersonTable {
 public:
  struct Row {
    std::uint64_t version = 1;
    Bytes name, index, note;  // note may be NULL
  };

  PersonTable() {
    for (const auto& [use, scope, id] : kPurposes) {
      EXPECT_TRUE(ring.add(key_of(use, std::string(scope), {key_id(id), 1}, id), KeyState::active));
      EXPECT_TRUE(ring.add(key_of(use, std::string(scope), {key_id(id), 2}, static_cast<Byte>(id + 100)),
                           KeyState::pre_active));
    }
    job.tenant = "shenzhen";
    job.table = "persons";
    job.columns = {{"name", {key_id(1), 2}, Form::field, RotationColumn::Index{{key_id(2), 2}, FieldType::name, 64}},
                   {"note", {key_id(3), 2}, Form::field, {}}};
  }
  void start() {
    for (const auto& purpose : kPurposes) EXPECT_TRUE(ring.replace({key_id(std::get<2>(purpose)), 2}));
  }
  void write(const std::string& key, std::string_view name, bool with_note = true) {
    auto& row = rows[key];
    row.version += 1;
    const RowPlace place{"shenzhen", "persons", bytes_of(key), row.version};
    row.name = *seal_field(**ring.sealing(purpose(0)), {place, "name"}, Grade::three, bytes_of(name), random);
    row.index = *blind_index(**ring.sealing(purpose(1)), kIndex, name);
    row.note = with_note ? *seal_field(**ring.sealing(purpose(2)), {place, "note"}, Grade::two, bytes_of("n"), random)
                         : Bytes();
  }
  /// found are the rows that a search by name answers with, opened.
  [[nodiscard]] std::vector<std::string> found(std::string_view name) const {
    std::vector<std::string> out;
    const auto terms = search_terms(ring, purpose(1), kIndex, name);
    EXPECT_TRUE(terms);
    for (const auto& term : *terms)
      for (const auto& [key, row] : rows)
        if (row.index == term && name_of(key, row) == name) out.push_back(key);
    return out;
  }
  [[nodiscard]] std::string name_of(const std::string& key, const Row& row) const {
    const auto plain = open_field(ring, {{"shenzhen", "persons", bytes_of(key), row.version}, "name"}, row.name);
    return plain ? copy_text(plain->reveal()) : "(does not open)";
  }
  /// batch reads the next rows after a cursor, as a query with a limit does.
  [[nodiscard]] std::vector<StoredRow> batch(const RotationCursor& cursor, std::size_t most, bool& end) const {
    std::vector<StoredRow> out;
    auto at = rows.upper_bound(copy_text(cursor.after));
    for (; at != rows.end() && out.size() < most; ++at)
      out.push_back(
          {bytes_of(at->first), at->second.version, {{at->second.name, at->second.index}, {at->second.note, {}}}});
    end = at == rows.end();
    return out;
  }
  /// apply writes where the row's version is still the one that was planned with.
  bool apply(const std::string& key, std::uint64_t version, ResealedRow made) {
    auto& row = rows.at(key);
    if (row.version != version) return false;
    row = {made.row_version, std::move(made.cells[0].sealed), std::move(made.cells[0].index),
           std::move(made.cells[1].sealed)};
    return true;
  }
  static KeyPurpose purpose(std::size_t i) {
    return purpose_of(std::get<0>(kPurposes[i]), std::string(std::get<1>(kPurposes[i])));
  }

  KeyRing ring;
  RotationJob job;
  std::map<std::string, Row> rows;
  CountingRandom random;

 private:
  static constexpr std::array<std::tuple<KeyUse, std::string_view, Byte>, 3> kPurposes = {
      {{KeyUse::column, "persons/name", 1},
       {KeyUse::blind_index, "persons/name", 2},
       {KeyUse::column, "persons/note", 3}}};
  static constexpr IndexPlace kIndex{"shenzhen", "persons", "name", FieldType::name, 64};
};

std::string key_text(int i) { return "row-" + std::to_string(100 + i); }
std::string person(int i) { return "张" + std::to_string(i); }

TEST(Rotation, StoppedAnywhereItGoesOnAndQueriesAnswerThroughout) {
  PersonTable table;
  for (int i = 0; i < 40; ++i) table.write(key_text(i), person(i), i % 3 != 0);
  table.start();
  Bytes stored = RotationCursor{}.octets();  // all that outlives a stop
  int batches = 0, lost = 0;
  for (;; ++batches) {
    ASSERT_LT(batches, 100);
    const auto cursor = *parse_cursor(stored);
    if (cursor.done()) break;
    bool end = false;
    const auto rows = table.batch(cursor, 7, end);
    const auto plan = plan_rotation(table.job, cursor, rows, end);
    ASSERT_TRUE(plan);
    std::vector<std::pair<std::string, ResealedRow>> made;
    for (const auto i : plan->rows)
      made.emplace_back(copy_text(rows[i].primary_key), *reseal_row(table.ring, table.job, rows[i], table.random));
    std::vector<std::uint64_t> versions;
    for (const auto i : plan->rows) versions.push_back(rows[i].row_version);
    if (batches == 1) table.write(key_text(8), person(8));        // somebody was quicker
    if (batches == 2) table.write(key_text(0) + "-new", "新人");  // behind the cursor, under the new key
    if (batches % 2 == 1) {
      // stopped in the middle: some rows written, the cursor not. The same batch comes again.
      if (!made.empty()) table.apply(made[0].first, versions[0], std::move(made[0].second));
      const auto again_rows = table.batch(cursor, 7, end);
      const auto again = plan_rotation(table.job, cursor, again_rows, end);
      ASSERT_TRUE(again);
      for (const auto i : again->rows) {
        const auto key = copy_text(again_rows[i].primary_key);
        const auto version = again_rows[i].row_version;
        EXPECT_TRUE(table.apply(key, version, *reseal_row(table.ring, table.job, again_rows[i], table.random)));
      }
      stored = again->next.octets();
    } else {
      for (std::size_t i = 0; i < made.size(); ++i)
        lost += table.apply(made[i].first, versions[i], std::move(made[i].second)) ? 0 : 1;
      stored = plan->next.octets();
    }
    for (int i = 0; i < 40; ++i)
      ASSERT_EQ(table.found(person(i)), std::vector<std::string>{key_text(i)}) << "after batch " << batches;
  }
  EXPECT_EQ(lost, 0);
  for (const auto& [key, row] : table.rows) {
    EXPECT_EQ(field_header(row.name)->key.version, 2U) << key;
    EXPECT_EQ(*index_version(row.index), 2U) << key;
  }
  // the proof that nothing needs the old version
  for (const Byte id : {Byte{1}, Byte{2}, Byte{3}}) ASSERT_TRUE(table.ring.act({key_id(id), 1}, KeyAct::disable));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(table.found(person(i)), std::vector<std::string>{key_text(i)});
  EXPECT_EQ(table.found("新人"), std::vector<std::string>{key_text(0) + "-new"});
}

TEST(Rotation, ARowWrittenInBetweenIsLeftToItsWriter) {
  PersonTable table;
  table.write("a", "甲");
  table.start();
  bool end = false;
  const auto rows = table.batch({}, 10, end);
  const auto plan = *plan_rotation(table.job, {}, rows, end);
  ASSERT_EQ(plan.rows.size(), 1U);
  EXPECT_FALSE(plan.next.done());  // a pass that found something is followed by another
  EXPECT_EQ(plan.next.pass, 2U);
  auto made = *reseal_row(table.ring, table.job, rows[0], table.random);
  const auto version = rows[0].row_version;
  table.write("a", "乙");
  EXPECT_FALSE(table.apply("a", version, std::move(made)));
  EXPECT_EQ(table.found("乙"), std::vector<std::string>{"a"});
  const auto second = table.batch(plan.next, 10, end);
  const auto last = *plan_rotation(table.job, plan.next, second, end);
  EXPECT_TRUE(last.rows.empty());
  EXPECT_TRUE(last.next.done());
  EXPECT_EQ(plan_rotation(table.job, last.next, {}, true).code(), Errc::wrong_state);
}

TEST(Rotation, OnlyAnIndexIsOld) {
  PersonTable table;
  table.write("a", "甲");
  ASSERT_TRUE(table.ring.replace({key_id(2), 2}));
  for (auto& column : table.job.columns) column.key.version = 1;
  bool end = false;
  const auto rows = table.batch({}, 10, end);
  const auto plan = *plan_rotation(table.job, {}, rows, end);
  ASSERT_EQ(plan.rows.size(), 1U);
  EXPECT_TRUE(table.apply("a", rows[0].row_version, *reseal_row(table.ring, table.job, rows[0], table.random)));
  EXPECT_EQ(*index_version(table.rows["a"].index), 2U);
}

TEST(Rotation, RecordsMoveWithTheirDictionaries) {
  CountingRandom random;
  KeyRing ring;
  ASSERT_TRUE(ring.add(key_of(KeyUse::record, "cases", {key_id(1), 1}), KeyState::active));
  ASSERT_TRUE(ring.add(key_of(KeyUse::record, "cases", {key_id(1), 2}, 9), KeyState::pre_active));
  std::vector<SecretBytes> samples;
  std::vector<ByteView> views;
  for (unsigned i = 0; i < 300; ++i) samples.push_back(sample_record(i).serialised());
  for (const auto& sample : samples) views.push_back(sample.reveal());
  const auto older = *RecordDictionary::load(*train_dictionary(views, 2048));
  const auto newer = *RecordDictionary::load(*train_dictionary(views, 8192));
  const RotationJob job{"shenzhen", "cases", {{"body", {key_id(1), 2}, Form::record, {}}}, {newer, older}};
  CellPlace place{{"shenzhen", "cases", bytes_of("17"), 4}, "body"};
  const auto& old_key = **ring.sealing(purpose_of(KeyUse::record, "cases"));
  const auto sealed = *seal_record(old_key, place, Grade::three, sample_record(999), &older, random);
  ASSERT_TRUE(ring.replace({key_id(1), 2}));
  const StoredRow row{place.row.primary_key, 4, {{sealed, {}}}};
  EXPECT_EQ(plan_rotation(job, {}, {&row, 1}, true)->rows.size(), 1U);
  const auto made = reseal_row(ring, job, row, random);
  ASSERT_TRUE(made);
  const auto header = *record_header(made->cells[0].sealed);
  EXPECT_EQ(header.dictionary, newer.id());
  EXPECT_EQ(header.header, (FormHeader{Form::record, 3, {key_id(1), 2}}));
  place.row.row_version = 5;
  EXPECT_TRUE(open_record(ring, place, made->cells[0].sealed, &newer));
  const StoredRow moved{place.row.primary_key, 5, {{made->cells[0].sealed, {}}}};
  EXPECT_TRUE(plan_rotation(job, {}, {&moved, 1}, true)->next.done());
  auto without = job;
  without.dictionaries = {newer};
  EXPECT_EQ(reseal_row(ring, without, row, random).code(), Errc::decrypt_failed);
}

TEST(Rotation, KeysThatAreNotActiveSealNothing) {
  PersonTable table;
  table.write("a", "甲");
  bool end = false;
  const auto rows = table.batch({}, 10, end);
  EXPECT_EQ(reseal_row(table.ring, table.job, rows[0], table.random).code(), Errc::wrong_state);
  table.start();
  for (auto& column : table.job.columns) column.key.version = 1;
  EXPECT_EQ(reseal_row(table.ring, table.job, rows[0], table.random).code(), Errc::wrong_state);
}

TEST(Rotation, ABrokenCellIsStaleAndStopsNothingElse) {
  PersonTable table;
  table.write("a", "甲");
  table.write("b", "乙");
  table.start();
  table.rows["a"].name[80] ^= 1;
  bool end = false;
  const auto rows = table.batch({}, 10, end);
  const auto plan = *plan_rotation(table.job, {}, rows, end);
  ASSERT_EQ(plan.rows.size(), 2U);
  EXPECT_EQ(reseal_row(table.ring, table.job, rows[0], table.random).code(), Errc::decrypt_failed);
  EXPECT_TRUE(reseal_row(table.ring, table.job, rows[1], table.random));
}

TEST(Rotation, RowsOutOfOrderAndOfOtherTablesAreRefused) {
  PersonTable table;
  table.write("a", "甲");
  table.write("b", "乙");
  bool end = false;
  auto rows = table.batch({}, 10, end);
  std::swap(rows[0], rows[1]);
  EXPECT_EQ(plan_rotation(table.job, {}, rows, end).code(), Errc::invalid);
  std::swap(rows[0], rows[1]);
  RotationCursor past;
  past.after = copy(bytes_of("a"));
  EXPECT_EQ(plan_rotation(table.job, past, rows, end).code(), Errc::invalid);
  rows[0].cells.pop_back();
  EXPECT_EQ(plan_rotation(table.job, {}, rows, end).code(), Errc::invalid);
  EXPECT_EQ(reseal_row(table.ring, table.job, rows[0], table.random).code(), Errc::invalid);
}

TEST(Rotation, CursorsAreStored) {
  const RotationCursor cursor{copy(bytes_of("row-5")), 3, 1000, 7, false};
  const auto octets = cursor.octets();
  EXPECT_EQ(*parse_cursor(octets), cursor);
  for (std::size_t i = 0; i < octets.size(); ++i) EXPECT_FALSE(parse_cursor(ByteView(octets).first(i))) << i;
  auto broken = octets;
  broken.back() = 2;
  EXPECT_EQ(parse_cursor(broken).code(), Errc::malformed);
}

TEST(Rotation, WrappedKeysThatAreElsewhereAreListed) {
  CountingRandom random;
  const auto root = *RootKey::make({key_id(1), 1}, SecretBytes(Bytes(32, 5)));
  const auto label = [](std::uint32_t version) {
    return KeyLabel{{key_id(2), version}, {KeyUse::wrapping, DataClass::personal, "futian", ""}};
  };
  const auto from = *root.create(label(1), random), to = *root.create(label(2), random);
  const auto mover = *root.rewrapper({label(1), from.wrapped}, {label(2), to.wrapped});
  std::vector<std::pair<KeyLabel, Bytes>> stored;
  for (Byte i = 10; i < 20; ++i) {
    const KeyLabel of{{key_id(i), 1}, purpose_of(KeyUse::record, record_scope("cases", ByteView(&i, 1)))};
    stored.emplace_back(of, from.key.create(of, random)->wrapped);
  }
  const auto left = [&] {
    std::vector<WrappedRow> rows;
    for (const auto& [of, wrapped] : stored) rows.push_back({of.ref, wrapped});
    return *plan_rewrap(rows, mover.to());
  };
  EXPECT_EQ(left().size(), 10U);
  for (const auto i : {0U, 4U, 9U}) stored[i].second = *mover.rewrap(stored[i].first, stored[i].second, random);
  EXPECT_EQ(left(), (std::vector<std::size_t>{1, 2, 3, 5, 6, 7, 8}));
  for (const auto i : left()) stored[i].second = *mover.rewrap(stored[i].first, stored[i].second, random);
  EXPECT_TRUE(left().empty());
  for (const auto& [of, wrapped] : stored) EXPECT_TRUE(to.key.unwrap(of, wrapped));
}

}  // namespace
}  // namespace kw::vault

// Every stored form against tests/oracle/vault.py, a second implementation: testdata/vectors.json.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "vault/blind_index.h"
#include "vault/field.h"
#include "vault/file_statement.h"
#include "vault/record.h"
#include "vault/row_mac.h"
#include "vault/row_set.h"
#include "vault/test_keys.h"
#include "vault/wrap.h"

namespace kw::vault {
namespace {

namespace json = boost::json;

const json::object& oracle() {
  static const json::value all = [] {
    std::ifstream file(KW_SOURCE_DIR "/src/vault/testdata/vectors.json");
    std::ostringstream text;
    text << file.rdbuf();
    return json::parse(text.str());
  }();
  return all.as_object();
}
std::string_view text_at(const json::object& from, std::string_view key) {
  return std::string_view(from.at(key).as_string());
}
Bytes hex_at(const json::object& from, std::string_view key) { return *from_hex(text_at(from, key)); }

struct OraclePlace {
  Bytes primary_key = hex_at(oracle().at("place").as_object(), "primary_key");
  RowPlace row{"shenzhen", "permits", primary_key, 7};
};

DataKey oracle_key(KeyUse use, std::string scope, Byte id, std::uint32_t version) {
  return key_of(use, std::move(scope), {key_id(id), version});
}

TEST(VaultOracle, KeysAreWrappedAlike) {
  const auto root = RootKey::make({key_id(1), 1}, SecretBytes(hex_at(oracle(), "secret")));
  ASSERT_TRUE(root);
  CountingRandom random;
  const KeyLabel kek_label{{key_id(2), 1}, {KeyUse::wrapping, DataClass::personal, "futian", ""}};
  const auto kek = root->create(kek_label, random);
  ASSERT_TRUE(kek);
  EXPECT_EQ(kek->wrapped, hex_at(oracle(), "wrapped_kek"));
  const KeyLabel label{{key_id(3), 3}, purpose_of(KeyUse::column, "permits/holder_name")};
  const auto made = kek->key.create(label, random);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->wrapped, hex_at(oracle(), "wrapped"));

  const OraclePlace at;
  const auto& field = oracle().at("field").as_object();
  const CellPlace cell{at.row, "holder_name"};
  CountingRandom salt(7);
  const auto sealed = seal_field(made->key, cell, Grade::three, bytes_of(text_at(field, "plain")), salt);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(*sealed, hex_at(field, "sealed"));
  const auto key = root->unwrap(kek_label, kek->wrapped)->unwrap(label, made->wrapped);
  EXPECT_EQ(text_of(open_field(*key, cell, hex_at(field, "sealed"))->reveal()), text_at(field, "plain"));
}

TEST(VaultOracle, RecordOfOneValue) {
  const auto& want = oracle().at("record").as_object();
  const OraclePlace at;
  Record record("residence-permit");
  ASSERT_TRUE(record.text("note", text_at(want, "note")));
  CountingRandom salt(9);
  const auto key = oracle_key(KeyUse::record, "permits", 4, 1);
  EXPECT_EQ(*seal_record(key, {at.row, "body"}, Grade::four, record, nullptr, salt), hex_at(want, "sealed"));
}

TEST(VaultOracle, RowSealAndRowSet) {
  const auto& want = oracle().at("row").as_object();
  const OraclePlace at;
  std::vector<Bytes> values;
  std::vector<Column> columns;
  values.reserve(8);
  for (const auto& [name, value] : want.at("columns").as_object()) {
    if (value.is_null()) {
      columns.push_back({name, std::nullopt});
    } else {
      values.push_back(*from_hex(std::string_view(value.as_string())));
      columns.push_back({name, ByteView(values.back())});
    }
  }
  EXPECT_EQ(*seal_row(oracle_key(KeyUse::row_mac, "permits", 5, 2), at.row, columns), hex_at(want, "seal"));

  for (const auto& [bits, root] : oracle().at("row_set").as_object()) {
    auto set = RowSet::make("shenzhen", "permits", static_cast<unsigned>(std::stoul(std::string(bits))));
    ASSERT_TRUE(set);
    for (unsigned i = 0; i < 40; ++i) {
      const Byte key[4] = {0, 0, 0, static_cast<Byte>(i)};
      const auto seal = crypto::sm3(ByteView(&key[3], 1));
      set->insert({key, i * i, seal});
    }
    EXPECT_EQ(to_hex(set->root()), std::string_view(root.as_string())) << bits;
  }
}

TEST(VaultOracle, FileOfThreeChunksAndOfNone) {
  const auto& want = oracle().at("file").as_object();
  Bytes plain(want.at("octets").to_number<std::size_t>());
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<Byte>(i * 7);
  const auto key = oracle_key(KeyUse::file, "camera", 6, 1);
  const FilePlace place{"shenzhen", "camera", "0190f3c0"};
  CountingRandom salt(11);
  auto sealer = FileSealer::make(key, place, Grade::two, salt);
  ASSERT_TRUE(sealer);
  Bytes file = copy(sealer->header());
  append(file, *sealer->seal(plain, true));
  EXPECT_EQ(file.size(), want.at("sealed_octets").to_number<std::size_t>());
  EXPECT_EQ(to_hex(ByteView(file).last(21)), text_at(want, "last_chunk"));
  EXPECT_EQ(to_hex(crypto::sm3(file)), text_at(want, "sealed_sm3"));
  EXPECT_EQ(to_hex(sealer->tree().root()), text_at(want, "root"));
  EXPECT_EQ(build_statement(*statement_of(*sealer, place)), hex_at(want, "statement"));

  CountingRandom again(11);
  auto empty = FileSealer::make(key, place, Grade::two, again);
  Bytes none = copy(empty->header());
  append(none, *empty->seal({}, true));
  EXPECT_EQ(none, hex_at(want, "empty"));
}

TEST(VaultOracle, BlindIndexesOfNormalForms) {
  const auto key = oracle_key(KeyUse::blind_index, "permits/holder_name", 7, 5);
  for (const auto& one : oracle().at("index").as_array()) {
    const auto& row = one.as_object();
    const IndexPlace place{"shenzhen", "permits", "holder_name", *type_of(text_at(row, "type")),
                           row.at("bits").to_number<unsigned>()};
    const auto index = blind_index(key, place, text_at(row, "value"));
    ASSERT_TRUE(index) << text_at(row, "value");
    EXPECT_EQ(to_hex(*index), text_at(row, "index")) << text_at(row, "value");
  }
}

}  // namespace
}  // namespace kw::vault

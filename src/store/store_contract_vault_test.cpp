// The contract of every Store: sealed cases with their terms, keys, parts of row sets, rotations, dictionaries.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractVault : public StoreContract {
 protected:
  VaultCase vault_case(const std::string& matter = "permit", const std::string& district = "福田区") {
    VaultCase out;
    out.matter = matter;
    out.id = id<VaultCaseId>();
    out.version = 1;
    out.number = "A-1";
    out.status = "accepted";
    out.district = district;
    out.site = id<SiteId>();
    out.owner = random_.bytes(32);
    out.for_another = true;
    out.session = take(BusinessSessionId::from_bytes(random_.bytes(16)));
    out.made = out.changed = Timestamp{10};
    out.ends = Timestamp{1000};
    out.cells = random_.bytes(64);
    out.seal = random_.bytes(58);
    return out;
  }
  Result<> insert(const VaultCase& row, const std::vector<VaultTerm>& terms = {}) {
    return write([&](auto& r) { return r.vault().insert(row, terms); });
  }
  std::vector<VaultCaseId> ids(const Result<std::vector<VaultCase>>& rows) {
    std::vector<VaultCaseId> out;
    for (const auto& row : take(rows)) out.push_back(row.id);
    return out;
  }
  std::vector<VaultCaseId> found(const std::string& field, const std::vector<Bytes>& terms) {
    return ids(read([&](auto& r) { return r.vault().find("permit", field, terms, 10); }));
  }
};

TEST_P(StoreContractVault, ACaseComesBackAsItWasWritten) {
  const auto row = vault_case();
  good(insert(row));
  EXPECT_EQ(code(insert(row)), Errc::already_exists);
  const auto got = take(read([&](auto& r) { return r.vault().get("permit", row.id); }));
  EXPECT_EQ(got.version, 1U);
  EXPECT_EQ(got.number + got.status + got.district, row.number + row.status + row.district);
  EXPECT_EQ(got.site, row.site);
  EXPECT_EQ(got.owner, row.owner);
  EXPECT_EQ(got.session, row.session);
  EXPECT_TRUE(got.for_another);
  EXPECT_EQ(got.made, Timestamp{10});
  EXPECT_EQ(got.ends, Timestamp{1000});
  EXPECT_EQ(got.cells, row.cells);
  EXPECT_EQ(got.seal, row.seal);
  EXPECT_EQ(code(read([&](auto& r) { return r.vault().get("other", row.id); })), Errc::not_found);
}

TEST_P(StoreContractVault, OnlyTheVersionThatIsThereIsReplacedAndRemoved) {
  auto row = vault_case();
  good(insert(row, {{"name", Bytes(12, 1)}, {"number", Bytes(12, 2)}}));
  EXPECT_EQ(found("name", {Bytes(12, 1)}), std::vector{row.id});
  EXPECT_EQ(found("number", {Bytes(12, 1)}), std::vector<VaultCaseId>{});
  row.version = 2;
  row.status = "closed";
  good(write([&](auto& r) { return r.vault().replace(row, 1, {{"name", Bytes(12, 3)}}); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().replace(row, 1, {}); })), Errc::conflict);
  EXPECT_EQ(found("name", {Bytes(12, 1)}), std::vector<VaultCaseId>{}) << "terms are replaced with the case";
  EXPECT_EQ(found("name", {Bytes(12, 1), Bytes(12, 3)}), std::vector{row.id});
  EXPECT_EQ(take(read([&](auto& r) { return r.vault().terms_of("permit", row.id); })), 1U);
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().remove("permit", row.id, 1); })), Errc::conflict);
  good(write([&](auto& r) { return r.vault().remove("permit", row.id, 2); }));
  EXPECT_EQ(found("name", {Bytes(12, 3)}), std::vector<VaultCaseId>{}) << "and go with it";
  EXPECT_EQ(take(read([&](auto& r) { return r.vault().count("permit"); })), 0U);
}

TEST_P(StoreContractVault, CasesAreReadInOrderByDistrictSiteAndEnd) {
  auto first = vault_case(), second = vault_case("permit", "南山区"), third = vault_case(), other = vault_case("tax");
  second.ends = Timestamp{50};
  for (const auto& row : {first, second, third, other}) good(insert(row));
  const auto after = [&](const std::optional<std::string>& district, const VaultCaseId& from, std::size_t most) {
    return ids(read([&](auto& r) { return r.vault().after("permit", district, from, most); }));
  };
  EXPECT_EQ(after(std::nullopt, {}, 10), (std::vector{first.id, second.id, third.id}));
  EXPECT_EQ(after(std::nullopt, first.id, 1), std::vector{second.id});
  EXPECT_EQ(after("福田区", {}, 10), (std::vector{first.id, third.id}));
  EXPECT_EQ(after("福田区", third.id, 10), std::vector<VaultCaseId>{});
  const auto newest = [&](const std::optional<std::vector<SiteId>>& sites) {
    return ids(read([&](auto& r) { return r.vault().newest("permit", sites, 10); }));
  };
  EXPECT_EQ(newest(std::nullopt), (std::vector{third.id, second.id, first.id}));
  EXPECT_EQ(newest(std::vector{second.site, other.site}), std::vector{second.id});
  EXPECT_EQ(newest(std::vector<SiteId>{}), std::vector<VaultCaseId>{});
  EXPECT_EQ(ids(read([&](auto& r) { return r.vault().ended(Timestamp{100}, 10); })), std::vector{second.id});
}

TEST_P(StoreContractVault, KeysKeepTheirLabelThroughTheirStates) {
  VaultKey key{
      {{id<vault::KeyId>(), 1}, {vault::KeyUse::blind_index, vault::DataClass::personal, "福田区", "permit/name"}},
      vault::KeyState::active,
      Bytes(90, 1),
      Timestamp{1},
      Timestamp{1}};
  good(write([&](auto& r) { return r.vault().insert_key(key); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().insert_key(key); })), Errc::already_exists);
  key.state = vault::KeyState::destroyed;
  key.wrapped.clear();
  key.changed = Timestamp{5};
  good(write([&](auto& r) { return r.vault().set_key(key); }));
  const auto got = take(read([&](auto& r) { return r.vault().keys(); }));
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].label, key.label);
  EXPECT_EQ(got[0].state, vault::KeyState::destroyed);
  EXPECT_TRUE(got[0].wrapped.empty());
  EXPECT_EQ(got[0].made, Timestamp{1});
  EXPECT_EQ(got[0].changed, Timestamp{5});
  key.label.ref.version = 2;
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().set_key(key); })), Errc::not_found);
}

TEST_P(StoreContractVault, AFieldHasOneFileAndWhatItReplacesIsGone) {
  const auto row = vault_case();
  const vault::KeyRef key{id<vault::KeyId>(), 1}, next{key.id, 2};
  const auto file = [&](const char* field, const vault::KeyRef& under, Timestamp ends) {
    return VaultFile{"permit", row.id, field, id<VaultFileId>(), under, 100, 150, Bytes(9, 7), Timestamp{5}, ends};
  };
  const auto files = [](const Result<std::vector<VaultFile>>& some) {
    std::vector<VaultFileId> out;
    for (const auto& one : take(some)) out.push_back(one.file);
    return out;
  };
  const auto put = [&](const VaultFile& one) { return write([&](auto& r) { return r.vault().put_file(one); }); };
  const auto gone = [&] { return take(read([&](auto& r) { return r.vault().gone(); })); };
  const auto first = file("photo", key, Timestamp{50}), second = file("photo", next, Timestamp{500}),
             scan = file("scan", key, Timestamp{500});
  EXPECT_EQ(code(put(first)), Errc::conflict) << "no case";
  good(insert(row));
  good(put(first));
  good(put(scan));
  const auto got = take(read([&](auto& r) { return r.vault().get_file("permit", row.id, "photo"); }));
  EXPECT_EQ(got.file, first.file);
  EXPECT_EQ(got.key, key);
  EXPECT_EQ(got.plain + got.sealed, 250U);
  EXPECT_EQ(got.statement, Bytes(9, 7));
  EXPECT_EQ(got.made, Timestamp{5});
  EXPECT_EQ(got.ends, Timestamp{50});
  EXPECT_EQ(code(read([&](auto& r) { return r.vault().get_file("tax", row.id, "photo"); })), Errc::not_found);
  EXPECT_EQ(files(read([&](auto& r) { return r.vault().files_after({}, 10); })), (std::vector{first.file, scan.file}));
  EXPECT_EQ(files(read([&](auto& r) { return r.vault().files_after(first.file, 10); })), std::vector{scan.file});
  EXPECT_EQ(files(read([&](auto& r) { return r.vault().files_ended(Timestamp{51}, 10); })), std::vector{first.file});
  EXPECT_EQ(files(read([&](auto& r) { return r.vault().files_under(key, 1); })), std::vector{first.file});
  EXPECT_TRUE(gone().empty());
  good(put(second));
  EXPECT_EQ(gone(), std::vector{first.file});
  EXPECT_EQ(files(read([&](auto& r) { return r.vault().files_under(key, 9); })), std::vector{scan.file});
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().replace_file(first, first.file); })), Errc::conflict);
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().remove_file(first); })), Errc::conflict);
  good(write([&](auto& r) { return r.vault().forget_gone(first.file); }));
  good(write([&](auto& r) { return r.vault().remove_file(second); }));
  EXPECT_EQ(gone(), std::vector{second.file});
  good(write([&](auto& r) { return r.vault().forget_gone(second.file); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.vault().remove("permit", row.id, 7); })), Errc::conflict);
  EXPECT_TRUE(gone().empty());
  good(write([&](auto& r) { return r.vault().remove("permit", row.id, 1); }));
  EXPECT_EQ(gone(), std::vector{scan.file}) << "a case takes its files along";
  EXPECT_TRUE(files(read([&](auto& r) { return r.vault().files_after({}, 10); })).empty());
}

TEST_P(StoreContractVault, PartsRotationsAndDictionariesAreReplacedByName) {
  good(write([&](auto& r) -> Result<> {
    KW_CHECK(r.vault().put_part("permit", {3, Bytes(8, 1)}));
    KW_CHECK(r.vault().put_part("permit", {3, Bytes(8, 2)}));
    KW_CHECK(r.vault().put_part("tax", {0, Bytes(8, 3)}));
    KW_CHECK(r.vault().put_rotation({"permit", "福田区", Bytes(4, 1), Timestamp{1}, std::nullopt, 5, "secadmin"}));
    KW_CHECK(r.vault().put_rotation({"permit", "福田区", Bytes(4, 2), Timestamp{1}, Timestamp{9}, 7, "secadmin"}));
    KW_CHECK(r.vault().insert_dictionary({1, "permit", Timestamp{1}, Bytes(9, 1)}));
    return r.vault().insert_dictionary({2, "permit", Timestamp{2}, Bytes(9, 2)});
  }));
  const auto parts = take(read([&](auto& r) { return r.vault().parts("permit"); }));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].part, 3U);
  EXPECT_EQ(parts[0].octets, Bytes(8, 2));
  const auto rotations = take(read([&](auto& r) { return r.vault().rotations(); }));
  ASSERT_EQ(rotations.size(), 1U);
  EXPECT_EQ(rotations[0].cursor, Bytes(4, 2));
  EXPECT_EQ(rotations[0].ended, Timestamp{9});
  EXPECT_EQ(rotations[0].moved, 7U);
  const auto dictionaries = take(read([&](auto& r) { return r.vault().dictionaries(); }));
  ASSERT_EQ(dictionaries.size(), 2U);
  EXPECT_EQ(dictionaries[0].id, 2U) << "newest first";
  EXPECT_EQ(dictionaries[1].octets, Bytes(9, 1));
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractVault, drivers(), driver_name);

}  // namespace
}  // namespace kw::store

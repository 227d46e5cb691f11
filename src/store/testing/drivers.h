#pragma once
// drivers lists every Store for the suites of the contract: INSTANTIATE_TEST_SUITE_P(Drivers, StoreContract, drivers(),
// driver_name).
#include "store/sqlite/sqlite_store.h"
#include "store/testing/contract.h"

namespace kw::store {

inline auto drivers() {
  return ::testing::Values(
      Driver{"memory", [](const auto&) -> std::unique_ptr<Store> { return take(SqliteStore::open(":memory:")); }},
      Driver{"file", [](const auto& dir) -> std::unique_ptr<Store> {
               return take(SqliteStore::open((dir / "test.db").string()));
             }});
}
inline std::string driver_name(const ::testing::TestParamInfo<Driver>& info) { return info.param.name; }

}  // namespace kw::store

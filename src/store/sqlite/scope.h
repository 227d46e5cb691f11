#pragma once
// add_scope narrows a query to the sites of a scope; the whole city needs no condition.
#include "store/regions.h"
#include "store/sqlite/database.h"

namespace kw::store {

/// add_scope appends "AND <site column> IN (…) " and what it binds. The statement binds by position.
void add_scope(const Scope& scope, std::string_view site_column, std::string& where, Values& values);
/// add_device_scope does the same by a column that holds devices; rows without a device lie in the whole city only.
void add_device_scope(const Scope& scope, std::string_view device_column, std::string& where, Values& values);
/// regions_below is the subquery of all regions of a scope.
[[nodiscard]] std::string regions_below(const Scope& scope, Values& values);

}  // namespace kw::store

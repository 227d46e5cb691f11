#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct RowFindingView {
  std::string table, key, what;
};
BOOST_DESCRIBE_STRUCT(RowFindingView, (), (table, key, what))
BOOST_DESCRIBE_STRUCT(ItemsView<RowFindingView>, (), (items))

}  // namespace

void add_row_routes(Api& api, const ApiServices& s) {
  auto& rows = s.rows;
  api.add("GET", "/store/rows", "listRowFindings", [&rows](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    ItemsView<RowFindingView> out;
    for (const auto& one : rows.found()) out.items.push_back({one.table, one.key, one.what});
    return ok(out);
  });
  api.add("POST", "/store/rows/accept", "acceptRows", [&rows](const Call& call) -> Result<Answer> {
    KW_TRY(const auto reason, reason_of(call));
    KW_CHECK(rows.accept(reason, call.actor()));
    return Answer{.status = 204};
  });
}

}  // namespace kw::server

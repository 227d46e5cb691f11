#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct LandingRuleView {
  std::string name, action;
};
BOOST_DESCRIBE_STRUCT(LandingRuleView, (), (name, action))
struct LandingHitView {
  std::string place, kind, rule, action;
  std::uint64_t count;
};
BOOST_DESCRIBE_STRUCT(LandingHitView, (), (place, kind, rule, action, count))
struct LandingView {
  std::vector<LandingRuleView> rules;
  std::vector<LandingHitView> hits;
};
BOOST_DESCRIBE_STRUCT(LandingView, (), (rules, hits))

}  // namespace

void add_landing_routes(Api& api, const ApiServices& s) {
  auto& landing = s.landing;
  api.add("GET", "/landing", "getLanding", [&landing](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    LandingView out;
    for (const auto& rule : landing.rules().rules)
      out.rules.push_back({rule.name, rule.action == landing::Landing::mask ? "mask" : "refuse"});
    for (const auto& one : landing.tallies())
      out.hits.push_back(
          {std::string(word(one.place)), one.kind, one.rule, one.refused ? "refused" : "masked", one.count});
    return ok(out);
  });
}

}  // namespace kw::server

#include "policy/sections/section.h"
#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct ProblemView {
  std::string path, code, detail;
  bool warning;
};
BOOST_DESCRIBE_STRUCT(ProblemView, (), (path, code, detail, warning))
struct CheckView {
  bool ok;
  std::vector<ProblemView> problems;
  std::string compiled;
};
BOOST_DESCRIBE_STRUCT(CheckView, (), (ok, problems, compiled))
struct PolicyDetailView {
  PolicyView info;
  RawJson network, defence;
};
BOOST_DESCRIBE_STRUCT(PolicyDetailView, (), (info, network, defence))

CheckView view_of(const PolicyVerdict& verdict) {
  CheckView out{verdict.ok, {}, verdict.compiled};
  for (const auto& problem : verdict.problems)
    out.problems.push_back({problem.path, problem.code, problem.detail, problem.warning});
  return out;
}

}  // namespace

void add_policy_routes(Api& api, const ApiServices& s) {
  auto& policies = s.policies;
  api.add("GET", "/policies", "listPolicies", [&policies](const Call&) -> Result<Answer> {
    KW_TRY(const auto list, policies.list());
    return ok(ItemsView<PolicyView>{views(list)});
  });
  api.add("POST", "/policies", "publishPolicy", [&policies](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<PolicyPublish>());
    KW_CHECK(check_text("/note", body.note, 1, 200));
    const auto days = body.valid_days.value_or(365);
    if (days < 1 || days > 3650) return fail(Errc::invalid, "/valid_days: 1 to 3650");
    const auto defence = body.defence ? std::optional(body.defence->text) : std::nullopt;
    KW_TRY(const auto done,
           policies.publish(body.base_revision, body.network.text, body.note, days, call.actor(), defence));
    if (!done.policy) return ok(view_of(done.verdict), 422);
    return ok(view(*done.policy), 201);
  });
  api.add("POST", "/policies/check", "checkPolicy", [&policies](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<RawJson>());
    return ok(view_of(policies.check(body.text)));
  });
  api.add("GET", "/policies/sections", "listSections",
          [](const Call&) -> Result<Answer> { return Answer{.json = policy::sections_schema()}; });
  api.add("POST", "/policies/sections/check", "checkSections", [&policies](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<RawJson>());
    return ok(view_of(policies.check_defence(body.text)));
  });
  api.add("GET", "/policies/{revision}", "getPolicy", [&policies](const Call& call) -> Result<Answer> {
    KW_TRY(const auto revision, call.number("revision"));
    KW_TRY(const auto policy, policies.get(revision));
    return ok(PolicyDetailView{view(policy), RawJson{policy.template_json}, RawJson{policy.defence_json}});
  });
}

}  // namespace kw::server

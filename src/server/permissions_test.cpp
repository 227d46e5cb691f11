// Walks every role over every operation of schemas/openapi.yaml: the description names the three administrators that
// may.
#include "server/permissions.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace kw::server {
namespace {

constexpr std::string_view kThree[] = {"system", "security", "audit"};

struct Promised {
  std::set<std::string, std::less<>> roles{"system", "security", "audit"};
  bool anonymous = false;
  std::string path;
};

/// The roles before the first ";", or all three where it is a sentence and no list of roles.
std::set<std::string, std::less<>> roles_of(const std::string& description) {
  std::set<std::string, std::less<>> out;
  std::istringstream words(description.substr(0, description.find(';')));
  for (std::string word; std::getline(words, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    if (find_role(word) == nullptr) return Promised().roles;
    out.insert(word);
  }
  return out;
}

std::map<std::string, Promised> promised() {
  std::ifstream file(KW_SOURCE_DIR "/schemas/openapi.yaml");
  std::stringstream buffer;
  buffer << file.rdbuf();
  const std::string text = buffer.str().substr(0, buffer.str().find("\ncomponents:"));
  const std::regex id("operationId: (\\w+)"), description("description: (?:'([^']*)'|([^,{}\n]+))");
  std::map<std::string, Promised> out;
  std::vector<std::pair<std::string, std::size_t>> found;
  for (std::sregex_iterator at(text.begin(), text.end(), id), end; at != end; ++at) {
    found.emplace_back((*at)[1], static_cast<std::size_t>(at->position()));
  }
  const std::string_view all = text;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto end = i + 1 < found.size() ? found[i + 1].second : text.size();
    auto part = text.substr(found[i].second, end - found[i].second);
    auto& row = out[found[i].first];
    const auto path = all.rfind("\n  /", found[i].second) + 3;
    row.path = all.substr(path, all.find(":\n", path) - path);
    row.anonymous = part.find("security: []") != std::string::npos;
    // The operation's own description stands in front of parameters, bodies and responses.
    for (const auto* word : {"parameters:", "requestBody:", "responses:"}) part = part.substr(0, part.find(word));
    std::smatch match;
    if (std::regex_search(part, match, description)) row.roles = roles_of(match[1].matched ? match[1] : match[2]);
  }
  return out;
}

bool writes(const Permission& row) {
  for (const auto* verb : {"create", "publish", "approve", "disable",     "release", "reject",   "order",  "ask",
                           "cut",    "issue",   "change",  "move",        "rename",  "delete",   "revoke", "invite",
                           "reset",  "add",     "remove",  "acknowledge", "accept",  "end",      "forget", "save",
                           "act",    "rotate",  "rewrap",  "put",         "file",    "withdraw", "declare"})
    if (row.operation.starts_with(verb) && row.operation != "endOwnSession") return true;
  return false;
}

TEST(Permissions, WhatMayBeHeldForASecondPersonIsInItsBodyAndItsId) {
  for (const auto& [operation, row] : promised()) {
    const auto* known = find_permission(operation);
    if (known == nullptr || known->second == Second::never) continue;
    EXPECT_THAT(row.path, ::testing::StartsWith("/"));
    EXPECT_TRUE(row.path.find('{') == row.path.rfind('{') &&
                (row.path.find('{') == std::string::npos || row.path.find("{id}") != std::string::npos))
        << operation << " " << row.path;
  }
}

TEST(Permissions, FollowTheApiDescriptionForEveryRoleAndOperation) {
  const auto api = promised();
  ASSERT_GE(api.size(), 58u);
  ASSERT_THAT(api.at("createUser").roles, ::testing::ElementsAre("system")) << "the reader of the description works";
  ASSERT_EQ(api.at("listUsers").roles.size(), 2u);
  for (const auto& [operation, row] : api) {
    const auto* known = find_permission(operation);
    ASSERT_NE(known, nullptr) << operation;
    EXPECT_EQ(known->anonymous, row.anonymous) << operation;
    if (row.anonymous) continue;
    for (const auto role : kThree)
      EXPECT_EQ(may(role, operation), row.roles.contains(role)) << role << " " << operation;
  }
  EXPECT_EQ(permissions().size(), api.size()) << "no operation beside the API's";
}

TEST(Permissions, NobodyMayWhatIsNotInTheTable) {
  EXPECT_FALSE(may("system", "dropEverything"));
  EXPECT_FALSE(may("", "listDevices"));
  EXPECT_FALSE(may("root", "listDevices"));
  EXPECT_FALSE(may("System", "createUser"));
  for (const auto& row : permissions()) {
    if (!row.anonymous) EXPECT_FALSE(may("", row.operation)) << row.operation;
  }
}

TEST(Permissions, ThreeAdministratorsAndTheirFirstAccounts) {
  std::set<std::string> three, accounts;
  for (const auto& role : roles()) {
    if (role.administrator) three.insert(std::string(role.name));
    EXPECT_EQ(role.administrator, !role.first_account.empty()) << role.name;
    if (role.administrator) accounts.insert(std::string(role.first_account));
  }
  EXPECT_THAT(three, ::testing::ElementsAre("audit", "security", "system"));
  EXPECT_EQ(accounts.size(), 3u);
  EXPECT_TRUE(find_role("assessor")->ends);
}

TEST(Permissions, WhoAuditsAndWhoAssessesChangesNothing) {
  std::size_t seen = 0;
  for (const auto& row : permissions()) {
    // The first is reading in another form, the second where the audit goes: his own trade, and listed for two persons.
    if (!writes(row) || row.operation == "createAuditExtract" || row.operation == "saveExportProfile") continue;
    ++seen;
    for (const auto* role : {"audit", "assessor", "inspector", "custodian"}) {
      // Who looks after a site attests what he has seen there; what counts, the requirement says.
      const bool attests = row.operation == "fileComplianceRecord" || row.operation == "withdrawComplianceRecord";
      if (attests && (std::string_view(role) == "inspector" || std::string_view(role) == "custodian")) continue;
      const bool own = row.operation == "changePassword" || row.operation == "revokeOwnSession" ||
                       row.operation == "addFactor" || row.operation == "removeFactor";
      EXPECT_EQ(may(role, row.operation), own) << role << " " << row.operation;
    }
  }
  EXPECT_GT(seen, 15u);
}

TEST(Permissions, WhatGivesPowerTakesTwoPersonsAndAFreshPassword) {
  for (const auto* operation : {"createUser", "changeUser", "changeSettings"})
    EXPECT_EQ(find_permission(operation)->second, Second::always) << operation;
  for (const auto& row : permissions()) {
    if (row.second == Second::always) EXPECT_TRUE(row.reauth) << row.operation;
    if (row.second != Second::never) EXPECT_TRUE(writes(row) || row.by_asker) << row.operation;
  }
  EXPECT_TRUE(find_permission("approveRequest")->reauth);
}

TEST(Permissions, PowersAreApart) {
  for (const auto& row : permissions()) {
    if (!writes(row) || row.operation.ends_with("Request")) continue;
    const bool about_people = row.operation.find("User") != std::string::npos;
    if (about_people) EXPECT_FALSE(may("security", row.operation)) << row.operation;
    if (row.operation.find("Policy") != std::string::npos) EXPECT_FALSE(may("system", row.operation)) << row.operation;
  }
  for (const auto* reading : {"listAudit", "getAuditProof"})
    for (const auto* role : {"system", "security", "operator", "inspector", "custodian"})
      EXPECT_FALSE(may(role, reading)) << role;
}

}  // namespace
}  // namespace kw::server

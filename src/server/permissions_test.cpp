// Walks every role over every operation of schemas/openapi.yaml: the description names the roles that may.
#include "server/permissions.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace kw::server {
namespace {

struct Promised {
  unsigned roles = kEveryRole;
  bool anonymous = false;
};

unsigned roles_of(const std::string& description) {
  unsigned out = 0;
  std::istringstream words(description.substr(0, description.find(';')));
  for (std::string word; std::getline(words, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    if (role_bit(word) == kNobody) return kEveryRole;  // a sentence, not a list of roles
    out |= role_bit(word);
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
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto end = i + 1 < found.size() ? found[i + 1].second : text.size();
    auto part = text.substr(found[i].second, end - found[i].second);
    auto& row = out[found[i].first];
    row.anonymous = part.find("security: []") != std::string::npos;
    // The operation's own description stands in front of parameters, bodies and responses.
    for (const auto* word : {"parameters:", "requestBody:", "responses:"}) part = part.substr(0, part.find(word));
    std::smatch match;
    if (std::regex_search(part, match, description)) row.roles = roles_of(match[1].matched ? match[1] : match[2]);
  }
  return out;
}

TEST(Permissions, FollowTheApiDescriptionForEveryRoleAndOperation) {
  const auto api = promised();
  ASSERT_EQ(api.size(), 59u);
  ASSERT_EQ(api.at("createUser").roles, kSystem) << "the reader of the description works";
  ASSERT_EQ(api.at("listUsers").roles, kSystem | kAudit);
  for (const auto& [operation, row] : api) {
    ASSERT_NE(find_permission(operation), nullptr) << operation;
    EXPECT_EQ(find_permission(operation)->anonymous, row.anonymous) << operation;
    for (const auto role : {kRoleSystem, kRoleSecurity, kRoleAudit}) {
      EXPECT_EQ(may(role, operation), (row.roles & role_bit(role)) != 0) << role << " " << operation;
    }
  }
  EXPECT_EQ(permissions().size(), api.size()) << "no operation beside the API's";
}

TEST(Permissions, NobodyMayWhatIsNotInTheTable) {
  EXPECT_FALSE(may("system", "dropEverything"));
  EXPECT_FALSE(may("", "listDevices"));
  EXPECT_FALSE(may("root", "listDevices"));
  EXPECT_FALSE(may("System", "createUser"));
}

TEST(Permissions, NoRoleBothActsAndAudits) {
  for (const auto& row : permissions()) {
    const bool writes = row.operation.starts_with("create") || row.operation.starts_with("publish") ||
                        row.operation.starts_with("approve") || row.operation.starts_with("disable") ||
                        row.operation.starts_with("release") || row.operation.starts_with("reject") ||
                        row.operation.starts_with("order") || row.operation.starts_with("cut");
    EXPECT_FALSE(writes && (row.roles & kAudit) != 0) << row.operation;
  }
}

}  // namespace
}  // namespace kw::server

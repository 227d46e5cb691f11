// The table against schemas/openapi.yaml: an operation, a parameter or a field without a command fails here.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "cli/api/api_command.h"
#include "cli/api/operation.h"
#include "cli/api/request.h"

namespace kw::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Described {
  std::string method, path, text;
};

/// The file as this repository writes it: two blanks before a path, four before a method or a schema, flow style
/// behind.
class Openapi {
 public:
  Openapi() {
    std::ifstream file(KW_SOURCE_DIR "/schemas/openapi.yaml");
    std::string line, path, id;
    bool below_paths = false;
    Described now;
    std::smatch found;
    static const std::regex kPath("  (/\\S*):.*"), kMethod("    (get|post|put|patch|delete):(.*)"),
        kId(".*operationId: (\\w+).*"), kNamed("    (\\w+):(.*)");
    while (std::getline(file, line)) {
      all_ += line + "\n";
      if (!line.empty() && line[0] != ' ') below_paths = line.starts_with("paths:");
      if (!below_paths) {
        if (std::regex_match(line, found, kNamed)) id = found[1];
        named_[id] += line + "\n";
        continue;
      }
      if (std::regex_match(line, found, kPath)) path = found[1];
      if (std::regex_match(line, found, kMethod)) {
        now = {found[1], path, {}};
        for (char& c : now.method) c = static_cast<char>(c - 32);
        id.clear();
      }
      now.text += line + "\n";
      if (std::regex_match(line, found, kId)) id = found[1];
      if (!id.empty()) operations_[id] = now;
    }
  }
  [[nodiscard]] const std::map<std::string, Described>& operations() const { return operations_; }
  [[nodiscard]] std::string named(const std::string& name) const {
    return named_.contains(name) ? named_.at(name) : "";
  }
  [[nodiscard]] bool mentions(const std::string& member) const {
    return std::regex_search(all_, std::regex("[{ ]" + member + ": "));
  }

  static std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
    const std::regex expression(pattern);
    std::vector<std::string> out;
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) out.push_back((*at)[1]);
    return out;
  }
  /// properties are the names of an object's own members: those one brace deep behind "properties: ".
  static std::set<std::string> properties(const std::string& schema) {
    constexpr std::string_view kHead = "properties: {";
    std::string own;
    int depth = 1;
    for (auto at = schema.find(kHead) + kHead.size(); at < schema.size() && depth > 0; ++at) {
      const char c = schema[at];
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      if (depth == 1) own.push_back(c);
    }
    const auto names = matches(own, "(\\w+): ");
    return {names.begin(), names.end()};
  }
  [[nodiscard]] std::set<std::string> queries(const std::string& id) const {
    const auto& text = operations_.at(id).text;
    std::set<std::string> out;
    for (const auto& name : matches(text, "name: (\\w+), in: query")) out.insert(name);
    for (const auto& shared : matches(text, "#/components/parameters/(\\w+)"))
      for (const auto& name : matches(named(shared), "name: (\\w+), in: query")) out.insert(name);
    return out;
  }
  [[nodiscard]] std::string body_schema(const std::string& id) const {
    const auto found = matches(operations_.at(id).text, "requestBody: .*?schemas/(\\w+)'");
    return found.empty() ? std::string() : named(found[0]);
  }

 private:
  std::string all_;
  std::map<std::string, Described> operations_;
  std::map<std::string, std::string> named_;
};

std::set<std::string> fields(std::string_view id, Place place) {
  std::set<std::string> out;
  for (const auto& row : operations())
    for (const auto& argument : row.arguments)
      if (row.id == id && argument.place == place)
        out.insert(std::string(argument.field.substr(0, argument.field.find('/'))));
  return out;
}
/// These read and write their bodies in code of their own, which session_commands_test.cpp, factor_commands_test.cpp
/// signing_commands_test.cpp and vault_file_commands_test.cpp ask for each field.
bool has_body_of_its_own(std::string_view id) {
  return id == "login" || id == "beginActivation" || id == "confirmActivation" || id == "confirmIdentity" ||
         id == "changePassword" || id == "challengeLogin" || id == "challengeFactor" || id == "addFactor" ||
         id == "addSigningKey" || id == "signSigning" || id == "putVaultFile";
}

TEST(Operations, EveryOperationOfTheApiHasACommand) {
  const Openapi api;
  ASSERT_GT(api.operations().size(), 30U) << "the file was not understood";
  std::set<std::string> wanted, had;
  for (const auto& [id, described] : api.operations()) wanted.insert(id);
  for (const auto& row : operations()) had.insert(std::string(row.id));
  EXPECT_EQ(had, wanted);
}

TEST(Operations, MethodPathAndParametersAreTheApis) {
  const Openapi api;
  for (const auto& row : operations()) {
    const std::string id(row.id);
    ASSERT_TRUE(api.operations().contains(id)) << id;
    const auto& described = api.operations().at(id);
    EXPECT_EQ(row.method, described.method) << id;
    EXPECT_EQ(row.path, described.path) << id;
    EXPECT_EQ(fields(id, Place::query), api.queries(id)) << id;
    const auto names = Openapi::matches(described.path, "\\{(\\w+)\\}");
    EXPECT_EQ(fields(id, Place::path), std::set<std::string>(names.begin(), names.end())) << id;
    const bool open = described.text.find("security: []") != std::string::npos;
    EXPECT_EQ(row.words.empty() || needs_session(row), row.words.empty() || !open) << id;
  }
}

TEST(Operations, BodiesHoldWhatTheApiAsksFor) {
  const Openapi api;
  int bodies = 0;
  for (const auto& row : operations()) {
    const std::string id(row.id), schema = api.body_schema(id);
    const auto sent = fields(id, Place::body);
    if (has_body_of_its_own(id)) continue;
    EXPECT_EQ(sent.empty(), schema.empty()) << id;
    if (schema.empty() || sent.contains("")) continue;  // none, or a whole file
    ++bodies;
    EXPECT_EQ(sent, Openapi::properties(schema)) << id;
  }
  EXPECT_GE(bodies, 10);
}

TEST(Operations, ColumnsAreMembersOfTheApi) {
  const Openapi api;
  EXPECT_FALSE(api.mentions("no_such_member"));
  for (const auto& row : operations()) {
    std::istringstream words(std::string(row.columns) + " " + std::string(row.pick) + " " + std::string(row.expect));
    for (std::string word; words >> word;) EXPECT_TRUE(api.mentions(word)) << row.id << " shows " << word;
  }
}

TEST(Operations, EveryCommandIsNamedOnceAndHelps) {
  std::set<std::string> words, groups;
  for (const auto& row : operations()) {
    if (row.words.empty()) continue;
    EXPECT_TRUE(words.insert(std::string(row.words)).second) << row.words;
    std::istringstream parts{std::string(row.words)};
    std::vector<std::string> args{std::istream_iterator<std::string>(parts), {}};
    if (args.size() > 1) groups.insert(args[0]);
    std::ostringstream out, err;
    Terminal terminal{-1, out, err};
    args.emplace_back("--help");
    EXPECT_EQ(run_command(args, terminal), kDone) << row.words;
    EXPECT_THAT(out.str(), AllOf(HasSubstr("usage: kioskward " + std::string(row.words)), HasSubstr("--session FILE")));
    args.back() = "--no-such-option";
    EXPECT_EQ(run_command(args, terminal), kUsage) << row.words;
    EXPECT_THAT(err.str(), HasSubstr("unknown option --no-such-option"));
  }
  for (const auto& group : groups) EXPECT_FALSE(words.contains(group)) << group << " is a group and a command";
}

TEST(Operations, AGroupTellsItsCommands) {
  std::ostringstream out, err;
  Terminal terminal{-1, out, err};
  EXPECT_EQ(run_command(std::vector<std::string>{"devices"}, terminal), kUsage);
  EXPECT_THAT(err.str(), AllOf(HasSubstr("devices release"), ::testing::Not(HasSubstr("alarms"))));
  EXPECT_EQ(run_command(std::vector<std::string>{"devices", "--help"}, terminal), kDone);
  EXPECT_THAT(out.str(), HasSubstr("devices release"));
  EXPECT_EQ(run_command(std::vector<std::string>{"devices", "explode"}, terminal), kUsage);
  EXPECT_THAT(err.str(), HasSubstr("no command \"devices explode\""));
  EXPECT_EQ(run_command(std::vector<std::string>{"nothing"}, terminal), kUsage);
}

}  // namespace
}  // namespace kw::cli

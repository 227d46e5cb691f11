// Arguments to requests: the cases are testdata/requests.json.
#include "cli/api/request.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kw::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

/// Upper-case words of the cases that stand for files.
class Files {
 public:
  Files() {
    std::string name = (fs::temp_directory_path() / "kw-request-XXXXXX").native();
    dir_ = ::mkdtemp(name.data());
    write("TEMPLATE", R"({"mode":"watch"})");
    write("DETAIL",
          R"({"info":{"revision":4},"network":{"mode":"enforce"},"defence":{"interfaces":{"mode":"watch"}}})");
    write("BROKEN", R"({"mode":)");
    write("DEEP", std::string(40, '[') + std::string(40, ']'));
    write("LIST", "[1]");
    write("HUGE", "{}" + std::string(1U << 20, ' '));
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { fs::remove_all(dir_); }
  [[nodiscard]] std::string word(const std::string& text) const {
    return (!text.empty() && fs::exists(dir_ / text)) || text == "MISSING" ? (dir_ / text).string() : text;
  }

 private:
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_ / name) << text; }
  fs::path dir_;
};

Result<ApiRequest> request_of(const std::vector<std::string>& args) {
  for (const auto& row : operations()) {
    const std::string first = args.at(0), both = args.size() > 1 ? first + " " + args[1] : first;
    if (row.words != first && row.words != both) continue;
    const auto rest = std::span(args).subspan(row.words == first ? 1 : 2);
    KW_TRY(const auto options, Options::parse(rest, specs_of(row)));
    KW_CHECK(check_arguments(row, options));
    return build_request(row, options);
  }
  return fail(Errc::internal, "no such command");
}

TEST(Request, CasesOfTheDataFile) {
  std::ifstream file(KW_SOURCE_DIR "/src/cli/api/testdata/requests.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto cases = json::parse(text.str()).as_array();
  ASSERT_GT(cases.size(), 30U);
  const Files files;
  for (const auto& item : cases) {
    const auto& wanted = item.as_object();
    std::vector<std::string> args;
    for (const auto& word : wanted.at("args").as_array())
      args.push_back(args.size() == 2 ? files.word(std::string(word.as_string())) : std::string(word.as_string()));
    const auto got = request_of(args);
    const auto shown = json::serialize(item);
    if (wanted.contains("refused")) {
      ASSERT_FALSE(got.has_value()) << shown;
      EXPECT_EQ(name(got.code()), std::string(wanted.at("refused").as_string())) << shown << got.error().text();
      continue;
    }
    ASSERT_TRUE(got.has_value()) << shown << got.error().text();
    EXPECT_EQ(got->method + " " + got->target, std::string(wanted.at("request").as_string())) << shown;
    if (wanted.contains("body"))
      EXPECT_EQ(json::parse(got->body), wanted.at("body")) << shown;
    else
      EXPECT_EQ(got->body, "") << shown;
  }
}

TEST(Request, JsonStringsKeepEveryText) {
  std::string odd = "\"\\/\b\n\t 你好";
  odd.push_back('\0');
  odd.push_back('\x1f');
  std::string out;
  append_json_string(out, odd);
  EXPECT_EQ(std::string(json::parse(out).as_string()), odd);
}

}  // namespace
}  // namespace kw::cli

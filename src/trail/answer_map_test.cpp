// Cases are files: cases/answer/*.json, each with pointers, an answer, and what is left of it.
#include "trail/answer_map.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

namespace kw::trail {
namespace {

namespace json = boost::json;

/// What a test shows of a value: its field, and how long it was; fields that begin with "whole" stay.
std::optional<std::string> told(const AnswerField& field, const std::string& value) {
  if (field.field.starts_with("whole")) return std::nullopt;
  return field.field + ":" + std::to_string(value.size());
}

std::vector<std::filesystem::path> answer_files() {
  std::vector<std::filesystem::path> out;
  for (const auto& one : std::filesystem::directory_iterator(KW_SOURCE_DIR "/src/trail/cases/answer"))
    out.push_back(one.path());
  std::ranges::sort(out);
  return out;
}

struct AnswerCase : ::testing::TestWithParam<std::filesystem::path> {};
TEST_P(AnswerCase, IsWhatTheFileSays) {
  std::ifstream in(GetParam());
  const auto file = json::parse(std::string{std::istreambuf_iterator<char>(in), {}}).as_object();
  AnswerMap map;
  for (const auto& [pointer, field] : file.at("fields").as_object()) {
    auto path = parse_pointer(pointer);
    ASSERT_TRUE(path) << pointer;
    map.fields.push_back({*path, std::string(field.as_string())});
  }
  map.pass_rest = file.at("rest").as_string() == "pass";
  for (const auto& one : file.at("answers").as_array()) {
    const auto body = one.at(0).is_string() ? std::string(one.at(0).as_string()) : json::serialize(one.at(0));
    const auto masked = masked_answer(body, map, told);
    if (one.as_array().size() == 1) {
      ASSERT_FALSE(masked) << body;
      EXPECT_EQ(masked.code(), Errc::malformed) << body;
    } else {
      ASSERT_TRUE(masked) << body << " " << masked.error().text();
      EXPECT_EQ(*masked, json::serialize(one.at(1))) << body;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Files, AnswerCase, ::testing::ValuesIn(answer_files()),
                         [](const auto& one) { return one.param.stem().string(); });

TEST(AnswerMaps, AnEmptyBodyStaysEmptyAndDepthIsBounded) {
  AnswerMap map;
  map.fields.push_back({{"a"}, "a"});
  EXPECT_EQ(masked_answer("", map, told).value(), "");
  map.pass_rest = true;
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(masked_answer(R"({"b":)" + nested(kMostAnswerDepth - 1) + "}", map, told));
  EXPECT_EQ(masked_answer(R"({"b":)" + nested(kMostAnswerDepth) + "}", map, told).code(), Errc::malformed);
}

TEST(AnswerMaps, PointersAreThoseOfTheRfc) {
  // RFC 6901, section 5, but for the whole document, which no field is.
  EXPECT_EQ(parse_pointer("/a~1b").value(), std::vector<std::string>{"a/b"});
  EXPECT_EQ(parse_pointer("/m~0n").value(), std::vector<std::string>{"m~n"});
  EXPECT_EQ(parse_pointer("/").value(), std::vector<std::string>{""});
  EXPECT_EQ(parse_pointer("/foo/0").value(), (std::vector<std::string>{"foo", "0"}));
  EXPECT_EQ(parse_pointer("/~01").value(), std::vector<std::string>{"~1"});
  for (const std::string bad : {"", "a", "/~", "/~2", "/a~", std::string(kMostPointer + 1, '/').c_str(),
                                "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"})
    EXPECT_EQ(parse_pointer(bad).code(), Errc::invalid) << bad;
}

TEST(AnswerMaps, PointersMeetWhereTheyNameTheSame) {
  const auto at = [](const char* pointer) { return AnswerField{parse_pointer(pointer).value(), "f"}; };
  for (const auto& [a, b] : {std::pair{"/a", "/a"}, {"/a", "/a/b"}, {"/a/*/b", "/a/0/b"}, {"/a/*", "/a/7/c"}}) {
    EXPECT_TRUE(meet(at(a), at(b))) << a << b;
    EXPECT_TRUE(meet(at(b), at(a))) << a << b;
  }
  for (const auto& [a, b] : {std::pair{"/a", "/b"}, {"/a/*/b", "/a/0/c"}, {"/a/0", "/a/1"}, {"/a/*", "/a/x"}})
    EXPECT_FALSE(meet(at(a), at(b))) << a << b;
}

}  // namespace
}  // namespace kw::trail

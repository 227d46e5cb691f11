#pragma once
// AnswerMap says which values of a back end's JSON answer are data of the catalogue, and what becomes of the rest;
// masked_answer writes the answer that a kiosk gets.
//
//   [[operation.field]]
//   pointer = "/data/holder/name"       RFC 6901; "*" stands for each element of an array
//   field = "holder_name"               of the matter in the data catalogue
//
//   masked_answer(R"({"data":{"holder":{"name":"欧阳"}},"x":1})", map, [](auto& field, auto value) { return "欧*"; })
//                                       {"data":{"holder":{"name":"欧*"}}}: what is not mapped is dropped
//
// A mapped value is text, a number, a truth value or null; null stays. An answer is written anew from what was read, so
// that nothing passes by a name that stands in it twice. PURE; any thread. Source: clause 7.4. Why: ADR 119.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::trail {

struct AnswerField {
  std::vector<std::string> path;  // the pointer's tokens, unescaped; "*" for each element of an array
  std::string field;
};

struct AnswerMap {
  std::vector<AnswerField> fields;
  bool pass_rest = false;  // values that are not mapped pass as they are; else they are dropped
};

inline constexpr std::size_t kMostAnswerFields = 64, kMostPointer = 256, kMostPointerTokens = 16;
inline constexpr std::size_t kMostAnswerDepth = 32;
/// parse_pointer: Errc::invalid unless it begins with '/', has 1 to 16 tokens and no '~' but in ~0 and ~1.
Result<std::vector<std::string>> parse_pointer(std::string_view text);
/// meet says whether two pointers name the same value somewhere, or one a part of the other's.
[[nodiscard]] bool meet(const AnswerField& a, const AnswerField& b);

/// What is shown of a value; nothing: it stays whole.
using ShowAnswer = std::function<std::optional<std::string>(const AnswerField& field, const std::string& value)>;
/// masked_answer: Errc::malformed for what is no JSON, nested deeper than kMostAnswerDepth, or not of the shape that
/// the pointers say: an object or an array where a mapped value should be, anything else but null on the way to one.
/// What is missing is missing. An empty body stays empty.
Result<std::string> masked_answer(std::string_view body, const AnswerMap& map, const ShowAnswer& show);

}  // namespace kw::trail

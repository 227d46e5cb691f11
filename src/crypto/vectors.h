#pragma once
// vectors reads tests/vectors/gbt_vectors.json for this folder's tests.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/bytes.h"

namespace kw::crypto {

inline std::string slurp(const std::string& path_in_checkout) {
  std::ifstream file(std::string(KW_SOURCE_DIR "/") + path_in_checkout, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path_in_checkout;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline const boost::json::object& vectors() {
  static const boost::json::value all = boost::json::parse(slurp("tests/vectors/gbt_vectors.json"));
  return all.as_object();
}

inline Bytes hex(const boost::json::value& text) {
  auto out = from_hex(std::string_view(text.as_string()));
  EXPECT_TRUE(out.has_value());
  return out.value_or(Bytes{});
}

}  // namespace kw::crypto

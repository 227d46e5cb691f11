// Roots computed by tests/oracle/merkle_sm3.py (Python's hashlib, OpenSSL's SM3), not by this library.
#include <gtest/gtest.h>

#include "ledger/frontier.h"

namespace kw::ledger {
namespace {

struct Golden {
  std::uint64_t size;
  const char* root;
};
constexpr Golden kGolden[] = {
    {0, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"},
    {1, "48dba5be78ac23c7c7a628e65e5608bf923a090ec8a21e66d6aeea23953b3fc4"},
    {2, "35fbdce200db2544ff215748549c273fbff35c349d1bdae3407bf088de47c9bc"},
    {3, "eb1ae160fe67a464eb3d3866d556797e611b87e3200e3e499aeba083e476f433"},
    {4, "b257471465bf10d41c06d73085da5399aa2aac5b0ab9cf9d505a87df5f2dacde"},
    {5, "2996ea5fb118b7ce5d15e4907f86a1eedc83f0b8858ae5213d6f2302fb539134"},
    {7, "f0bb1afd6f9400b16dea8534b0107c60c91bdece4951dff4ebd06103064e3791"},
    {8, "dcae15772ea4015e817a0597cfd0b29941f64e15734b8b3ed7b4cae66352cb23"},
    {255, "e09658c76eb237fdf465487671f8c65326512edce35cf0a4b8d5dfdb26088bdf"},
    {256, "78b3b56ec464234cb07b9f6db7ca85e6303adf9f17e934d2a477ab2e2ffe3c92"},
    {257, "04bc33804b2557a3722f1a19836d6a67b7f916fa2d09eedbbd29bc0ba7b7a5bc"},
    {511, "f59dba50f8d00663dda0086750f8ee3a07022110252bb3317c72bca94dcb72f3"},
    {600, "2e2c1d937d7bee1e50dcaca4371bc1826d441076a6920ead4c373c78b2025d5c"},
    {1000, "df25430a09fe3705b0a5d2b46a7d87690ef7b25bb552cacc0ddca611b91b1a20"},
    {65535, "3b0733e7328f197e174defe2fadfeca1eda4b4e601a0f12f539010e8ab0de56e"},
    {65536, "eb976bd4672e8ec078d3ba2cc56eb7aa529e59b4c4d2a1bc172cb61e3832d529"},
    {65537, "1b6f6648dfb24c491a171802ddf18f3a26864681ec70f1ef7473bde1e7c7c5bf"},
    {70000, "08bb9c65dc97b9728e6b120572cd71535ac089e438f980342c05f36241f3d0e1"},
};

TEST(Golden, RootsOfAnIndependentImplementation) {
  Frontier frontier;
  for (const auto& golden : kGolden) {
    while (frontier.size() < golden.size)
      frontier.append(leaf_hash(bytes_of("entry-" + std::to_string(frontier.size()))));
    EXPECT_EQ(to_hex(frontier.root()), golden.root) << golden.size;
  }
}

}  // namespace
}  // namespace kw::ledger

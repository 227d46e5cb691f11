#include "pki/ukey_message.h"

#include <gtest/gtest.h>

namespace kw::pki {
namespace {

TEST(UkeyMessage, one_form_there_and_back) {
  const UkeyMessage message{"login", "platform", "secadmin", Bytes(32, 0xab)};
  const auto text = "kioskward-ukey/1 login platform secadmin " + std::string("abababababababababababababababab") +
                    "abababababababababababababababab";
  EXPECT_EQ(message.text(), text);
  const auto back = parse_ukey_message(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text(), text);
  EXPECT_EQ(back->account, "secadmin");
  for (const auto& bad : {std::string(), text.substr(0, text.size() - 1), text + "ab", text + " ", " " + text,
                          "kioskward-ukey/2" + text.substr(16), "kioskward-ukey/1 login  secadmin " + text.substr(41),
                          text.substr(0, 41) + "AB" + text.substr(43), text.substr(0, 40) + "\n" + text.substr(41)})
    EXPECT_FALSE(parse_ukey_message(bad)) << bad;
}

}  // namespace
}  // namespace kw::pki

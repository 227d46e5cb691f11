#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "matters/matter_book.h"
#include "matters/value_check.h"

namespace kw::matters {
namespace {

namespace fs = std::filesystem;
const fs::path kShipped = KW_SOURCE_DIR "/catalogue";

const MatterBook& shipped() {
  static const auto book = MatterBook::load(kShipped);
  EXPECT_TRUE(book) << book.error().text();
  return *book;
}

/// A copy of the shipped catalogue that a test may spoil.
class Copy {
 public:
  Copy() : path_(fs::temp_directory_path() / ("kw-matters-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::copy(kShipped, path_, fs::copy_options::recursive);
  }
  ~Copy() { fs::remove_all(path_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  void write(const std::string& file, const std::string& text) const { std::ofstream(path_ / file) << text; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(MatterBook, RolesAreThoseOfThePermissions) {
  std::ifstream in(KW_SOURCE_DIR "/schemas/permissions.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = boost::json::parse(text);
  std::set<std::string, std::less<>> roles;
  for (const auto& row : json.at("roles").as_array()) roles.insert(std::string(row.at("role").as_string()));
  EXPECT_EQ(roles, known_roles());
}

TEST(MatterBook, ReadsTheShippedCatalogue) {
  const auto& book = shipped();
  ASSERT_NE(book.matter("residence-permit"), nullptr);
  EXPECT_EQ(book.matter("residence"), nullptr);
  const auto* phone = book.field("residence-permit", "phone");
  ASSERT_NE(phone, nullptr);
  EXPECT_EQ(book.field("residence-permit", "phones"), nullptr);
  EXPECT_EQ(book.show("applicant", *phone, "13800138000"), "138****00");
  EXPECT_EQ(book.show("nobody", *phone, "13800138000"), "****");
  const auto* sex = book.field("residence-permit", "sex");
  EXPECT_EQ(book.show("applicant", *sex, "女"), "****");
  const auto* ground = book.field("residence-permit", "ground");
  EXPECT_EQ(book.show("applicant", *ground, "连续就读"), "连续就读");
}

TEST(MatterBook, WholeValuesAreForEntryAndForTheMattersCertificate) {
  using masking::Place, masking::Purpose;
  const auto& book = shipped();
  const auto& address = *book.field("residence-permit", "address");
  const auto& phone = *book.field("residence-permit", "phone");
  const auto ask = [&](std::string_view role, const vault::DataField& field, Purpose purpose, Place place) {
    return book.may_reveal(role, "residence-permit", field, purpose, place).allowed();
  };
  EXPECT_TRUE(ask("applicant", phone, Purpose::entry, Place::entry_screen));
  EXPECT_FALSE(ask("applicant", phone, Purpose::listing, Place::list_screen));
  EXPECT_TRUE(ask("applicant", address, Purpose::certificate, Place::printer));
  EXPECT_FALSE(ask("applicant", phone, Purpose::certificate, Place::printer));
  EXPECT_FALSE(ask("operator", address, Purpose::entry, Place::entry_screen));
}

TEST(MatterBook, SaysFileMatterAndFieldOfWhatIsWrong) {
  const Copy copy;
  copy.write("data/odd.toml",
             "code = \"odd\"\ntitle = \"x\"\n[[field]]\nname = \"card\"\ntitle = \"卡\"\ntype = \"bank-card\"\n"
             "class = \"personal\"\ngrade = 3\nstored = true\n");
  const auto book = MatterBook::load(copy.path());
  ASSERT_FALSE(book);
  EXPECT_EQ(book.code(), Errc::invalid);
  EXPECT_NE(book.error().text().find("odd.toml"), std::string::npos) << book.error().text();
  EXPECT_NE(book.error().text().find("card"), std::string::npos);
}

TEST(MatterBook, RefusesMasksThatTheGateDoesNotLetThrough) {
  const Copy copy;
  copy.write("masks/roles/clerk.toml", "role = \"clerk\"\n[mask.id_card]\nfirst = 6\nlast = 4\n");
  EXPECT_EQ(MatterBook::load(copy.path()).code(), Errc::invalid);
}

TEST(MatterBook, SaysWhatIsNotThere) {
  const Copy copy;
  fs::remove(copy.path() / "masks/reveal.toml");
  const auto book = MatterBook::load(copy.path());
  EXPECT_EQ(book.code(), Errc::not_found);
  EXPECT_NE(book.error().text().find("reveal.toml"), std::string::npos);
}

struct Value {
  vault::FieldType type;
  std::string_view text;
  bool good;
};
TEST(CheckValue, LooksAtTheFormOfEachType) {
  using vault::FieldType;
  constexpr Value kValues[] = {
      {FieldType::number, "-120", true},
      {FieldType::number, "", false},
      {FieldType::number, "1.5", false},
      {FieldType::number, "1234567890123456789", false},
      {FieldType::year, "1998", true},
      {FieldType::year, "98", false},
      {FieldType::year, "2200", false},
      {FieldType::date, "2024-02-29", true},
      {FieldType::date, "2023-02-29", false},
      {FieldType::date, "2000-02-29", true},
      {FieldType::date, "2100-02-29", false},
      {FieldType::date, "2024-13-01", false},
      {FieldType::date, "2024-1-01", false},
      {FieldType::date, "2024/01/01", false},
      {FieldType::flag, "true", true},
      {FieldType::flag, "yes", false},
      {FieldType::sex, "女", true},
      {FieldType::sex, "F", false},
      {FieldType::choice, "入学", true},
      {FieldType::choice, "旅游", false},
      {FieldType::text, "深南大道\n1号", true},
      {FieldType::text, "", false},
      {FieldType::text, "a\tb", false},
      {FieldType::text, "\xff\xfe", false},
      {FieldType::video, "x", false},
      {FieldType::name, "张三", true},
  };
  for (const auto& one : kValues) {
    vault::DataField field;
    field.name = "f";
    field.type = one.type;
    field.choices = {"入学", "落户"};
    const auto checked = check_value(field, one.text);
    EXPECT_EQ(checked.has_value(), one.good) << vault::name(one.type) << " \"" << one.text << '"';
    if (!checked && one.text.size() > 3) EXPECT_EQ(checked.error().text().find(one.text), std::string::npos);
  }
  vault::DataField field;
  EXPECT_FALSE(check_value(field, std::string(kMostValueText + 1, 'a')));
}

}  // namespace
}  // namespace kw::matters

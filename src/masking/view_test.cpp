// Who sees what: permits that exist, and those that the compiler refuses.
#include "masking/view.h"

#include <gtest/gtest.h>

#include "masking/testing/shipped.h"

namespace kw::masking {
namespace {

// An agent cannot get the whole: not by asking, not by making a permit, not by becoming somebody else. Were one of
// these possible, this file would not compile.
template <class Who>
concept MayAskForTheWhole = requires(const Who& who, const Filing& filing, const WholeAsk& ask,
                                     const RevealRules& rules) { decide_whole(who, filing, ask, rules); };
static_assert(MayAskForTheWhole<Applicant> && MayAskForTheWhole<Official>, "the test itself can fail");
static_assert(!MayAskForTheWhole<Agent>);
static_assert(!std::is_convertible_v<Agent, Applicant> && !std::is_constructible_v<Applicant, Agent>);
static_assert(!std::is_convertible_v<Agent, Official> && !std::is_constructible_v<Official, Agent>);
static_assert(!std::is_default_constructible_v<WholePermit> && !std::is_copy_constructible_v<WholePermit>);
static_assert(!std::is_constructible_v<WholePermit, const Filing&, std::set<std::string>>);
static_assert(!std::is_constructible_v<WholePermit, Agent> && !std::is_constructible_v<WholePermit, TrunkView>);
static_assert(!std::is_default_constructible_v<WholeView> && !std::is_constructible_v<WholeView, const Filing&>);
static_assert(!std::is_constructible_v<WholeView, TrunkView> && !std::is_constructible_v<WholeView, Agent>);
template <class From>
concept HasFields = requires(const From& from) { from.fields(); };
static_assert(HasFields<WholeView> && !HasFields<TrunkView> && !HasFields<Filing>);

PersonId person(Byte number) { return PersonId(RawId{number}); }
Filing filing_of(PersonId subject) {
  return {subject,
          {"residence-permit", "2026-000001", "accepted", "欧阳予倩"},
          {{"name", "欧阳予倩"}, {"id_card", "11010519491231002X"}, {"address", "广东省深圳市南山区某路1号"}}};
}
RevealRules rules() {
  auto out = parse_reveal_rules(testing::file_text("catalogue/masks/reveal.toml"));
  if (!out) throw std::runtime_error(out.error().text());
  return std::move(*out);
}
const WholeAsk kCertificate{Purpose::certificate, Place::printer, "residence-permit", {"name", "id_card"}};

TEST(View, AnAgentSeesTheTrunk) {
  const auto masks = testing::shipped_masks();
  const auto filing = filing_of(person(1));
  const auto view = show_trunk(filing, masks, Agent{person(2), person(1)}).value();
  EXPECT_EQ(view.matter(), "residence-permit");
  EXPECT_EQ(view.number(), "2026-000001");
  EXPECT_EQ(view.status(), "accepted");
  EXPECT_EQ(view.masked_name(), "欧阳**");
  EXPECT_EQ(show_trunk(filing, masks, Agent{person(2), person(3)}).code(), Errc::forbidden);
}

TEST(View, ACertificateBearsWhatItsMatterNames) {
  const auto filing = filing_of(person(1));
  auto decision = decide_whole(Applicant{person(1)}, filing, kCertificate, rules());
  ASSERT_TRUE(std::holds_alternative<WholePermit>(decision));
  const auto view = WholeView::open(filing, std::get<WholePermit>(std::move(decision))).value();
  EXPECT_EQ(view.fields().size(), 2u) << "no address: it was not asked for";
  EXPECT_EQ(view.fields().at("id_card"), "11010519491231002X");
}

TEST(View, APermitIsForOneFilingOnce) {
  const auto mine = filing_of(person(1)), other = filing_of(person(1));
  auto decision = decide_whole(Applicant{person(1)}, mine, kCertificate, rules());
  auto permit = std::get<WholePermit>(std::move(decision));
  EXPECT_EQ(WholeView::open(other, std::move(permit)).code(), Errc::forbidden);
  EXPECT_EQ(WholeView::open(mine, std::move(permit)).code(), Errc::forbidden)
      << "used";  // NOLINT(bugprone-use-after-move): what this test is about
}

TEST(View, OthersAreRefusedWithReasons) {
  const auto filing = filing_of(person(1));
  const auto refusal = [&](const auto& who, const WholeAsk& ask) {
    auto decision = decide_whole(who, filing, ask, rules());
    EXPECT_TRUE(std::holds_alternative<WholeRefusal>(decision));
    return std::holds_alternative<WholeRefusal>(decision) ? std::get<WholeRefusal>(std::move(decision))
                                                          : WholeRefusal{};
  };
  EXPECT_TRUE(refusal(Applicant{person(2)}, kCertificate).another_person);
  EXPECT_TRUE(refusal(Official{"applicant"}, kCertificate).another_person) << "a role that has a type";
  EXPECT_TRUE(refusal(Official{"agent"}, kCertificate).another_person);
  EXPECT_EQ(refusal(Official{"audit"}, kCertificate).fields.at("id_card"), RevealReason::role_not_named);
  auto ask = kCertificate;
  ask.matter = "marriage";
  EXPECT_EQ(refusal(Applicant{person(1)}, ask).fields.at("name"), RevealReason::matter_unknown);
  ask = kCertificate;
  ask.fields = {"name", "phone"};
  EXPECT_EQ(refusal(Applicant{person(1)}, ask).fields.at("phone"), RevealReason::field_not_named);
  EXPECT_EQ(refusal(Applicant{person(1)}, ask).fields.size(), 1u);
  ask.fields = {};
  static_cast<void>(refusal(Applicant{person(1)}, ask));
}

/// Of every purpose at every place, two pairs alone show anything.
TEST(Reveal, TwoWaysAlone) {
  const auto known = rules();
  int allowed = 0;
  for (const auto purpose :
       {Purpose::entry, Purpose::certificate, Purpose::listing, Purpose::support, Purpose::exporting}) {
    for (const auto place : {Place::entry_screen, Place::list_screen, Place::printer, Place::file, Place::log}) {
      for (const auto* role : {"applicant", "agent", "operator", "audit", "system"}) {
        const auto decision = known.may_reveal({role, "id_card", purpose, place, "residence-permit"});
        if (!decision.allowed()) continue;
        ++allowed;
        EXPECT_STREQ(role, "applicant");
        EXPECT_EQ(decision.reason,
                  purpose == Purpose::entry ? RevealReason::entry_screen : RevealReason::rule_of_matter);
      }
    }
  }
  EXPECT_EQ(allowed, 2);
  EXPECT_EQ(known.may_reveal({"applicant", "ip", Purpose::entry, Place::entry_screen, {}}).reason,
            RevealReason::field_not_named);
  EXPECT_EQ(known.may_reveal({"applicant", "phone", Purpose::entry, Place::log, {}}).reason, RevealReason::wrong_place);
  EXPECT_EQ(known.may_reveal({"audit", "phone", Purpose::support, Place::list_screen, {}}).reason,
            RevealReason::wrong_purpose);
}

TEST(Reveal, RefusesFilesThatAreNone) {
  EXPECT_EQ(parse_reveal_rules("[entry").code(), Errc::malformed);
  EXPECT_EQ(parse_reveal_rules("[listing]\nroles = []").code(), Errc::invalid);
  EXPECT_EQ(parse_reveal_rules("[[certificate]]\nroles = [\"a\"]").code(), Errc::invalid);
  EXPECT_EQ(parse_reveal_rules("[[certificate]]\nmatter = \"a\"\n[[certificate]]\nmatter = \"a\"").code(),
            Errc::invalid);
  EXPECT_FALSE(
      parse_reveal_rules("")->may_reveal({"applicant", "name", Purpose::entry, Place::entry_screen, {}}).allowed());
}

}  // namespace
}  // namespace kw::masking

// A kiosk's file on its link: taken in parts by the engine that REST has, given up whenever either side stops.
#include <gtest/gtest.h>

#include "server/testing/vault_bed.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::new_case;
using testing::one_of;
using testing::sample_values;
using testing::take;

const VaultTerms kClerkTerms{"entry", "C-2026-1"};
constexpr std::size_t kWholePart = trail::kMostFilePart;

struct VaultDeskTest : ::testing::Test, testing::VaultBed {
  VaultDesk desk{bed.platform.changes, house.get(), bed.log};
  VaultDesk::Line line;
  VaultAsker mine = person("ouyang");
  store::VaultCaseId id = filed(mine);

  store::VaultCaseId filed(const VaultAsker& who) {
    return take(service().put(who, kMatter, kClerkTerms, one_of(new_case(sample_values())))).front().id;
  }
  static std::string content(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 >> 3);
    return out;
  }
  v1::VaultRequest wish() const {
    v1::VaultRequest out;
    out.set_session_id(copy_text(mine.session->id.bytes()));
    out.set_span_id(std::string(8, 'q'));
    out.set_purpose("entry");
    out.set_consent("C-1");
    return out;
  }
  v1::VaultRequest part(const std::string& whole, std::size_t offset, std::size_t size = kWholePart) const {
    auto out = wish();
    auto& to = *out.mutable_file_part();
    to.set_case_id(copy_text(id.bytes()));
    to.set_field("photo");
    to.set_size(whole.size());
    to.set_offset(offset);
    to.set_octets(whole.substr(offset, size));
    return out;
  }
  v1::VaultAnswer tell(const v1::VaultRequest& request) { return take(desk.answer(kiosk.id, request, line)); }
  std::string outcome(const v1::VaultRequest& request) { return tell(request).outcome(); }
  /// parts are files on the disk that are not whole.
  std::size_t parts() const {
    std::size_t out = 0;
    for (const auto& one : std::filesystem::directory_iterator(directory.path() / "vault"))
      out += one.path().extension() == ".part" ? 1 : 0;
    return out;
  }
  std::string read_back() {
    auto given = house->files().read(official("operator"), kMatter, {"listing", "C-2"}, {id, "photo"}, {});
    if (!given) return "refused: " + given.error().text();
    Bytes out;
    while (auto piece = take(given->octets->next())) append(out, *piece);
    return copy_text(out);
  }
};

TEST_F(VaultDeskTest, AFileOfAPersonIsStoredAsOverRest) {
  const auto whole = content(2 * kWholePart + 100);
  for (std::size_t at = 0; at < whole.size(); at += kWholePart) {
    const auto answer = tell(part(whole, at));
    ASSERT_EQ(answer.outcome(), "answered") << answer.detail();
    EXPECT_EQ(answer.file().taken(), std::min(whole.size(), at + kWholePart));
    EXPECT_EQ(answer.file().stored(), at + kWholePart >= whole.size());
  }
  EXPECT_TRUE(read_back() == whole);
  EXPECT_EQ(parts(), 0U);
  const auto stored = bed.recorded("vault.file.stored");
  EXPECT_EQ(stored.params().at("session"), mine.session->id.text());
  EXPECT_EQ(stored.params().at("octets"), std::to_string(whole.size()));
  EXPECT_EQ(stored.params().at("purpose"), "entry");
  EXPECT_EQ(stored.params().at("consent"), "C-1");
  EXPECT_EQ(outcome(part(whole, 0)), "answered") << "and another in its place";
}

TEST_F(VaultDeskTest, WhatIsRefusedIsGivenUp) {
  const auto whole = content(3 * kWholePart);
  const auto refused = [&](v1::VaultRequest request) {
    EXPECT_EQ(outcome(part(whole, 0)), "answered");
    EXPECT_EQ(parts(), 1U);
    const auto word = outcome(request);
    EXPECT_EQ(parts(), 0U) << word;
    EXPECT_EQ(outcome(part(whole, kWholePart)), "upload_unknown") << word;
    return word;
  };
  EXPECT_EQ(refused(part(whole, 2 * kWholePart)), "upload_order");
  EXPECT_EQ(refused(part(whole + "x", kWholePart)), "upload_order") << "another size";
  auto other = part(whole, kWholePart);
  other.set_consent("");
  EXPECT_EQ(refused(other), "consent_required");
  other.set_consent("C-1");
  other.set_purpose("listing");
  EXPECT_EQ(refused(other), "purpose_forbidden");
  other = part(whole, 0);
  other.mutable_file_part()->set_field("phone");
  EXPECT_EQ(refused(other), "field_forbidden");
  other.mutable_file_part()->set_field("photos");
  EXPECT_EQ(refused(other), "field_unknown");
  other = part(whole, 0);
  other.mutable_file_part()->set_size(VaultFiles::kMostFile + 1);
  EXPECT_EQ(refused(other), "too_large");
  other = part(whole, 0);
  other.mutable_file_part()->set_case_id(copy_text(filed(person("another")).bytes()));
  EXPECT_EQ(refused(other), "case_unknown");
  EXPECT_EQ(bed.recorded("vault.refused").params().at("act"), "file");
  EXPECT_EQ(read_back().substr(0, 7), "refused") << "nothing was stored";
}

TEST_F(VaultDeskTest, WhoStopsLeavesNothing) {
  const auto whole = content(2 * kWholePart);
  EXPECT_EQ(outcome(part(whole, 0)), "answered");
  EXPECT_EQ(outcome(part(whole, 0)), "answered") << "from the beginning";
  EXPECT_EQ(parts(), 1U) << "the one before is gone";
  auto drop = wish();
  drop.mutable_file_drop();
  EXPECT_EQ(outcome(drop), "answered");
  EXPECT_EQ(parts(), 0U);
  EXPECT_EQ(outcome(drop), "answered") << "nothing is under way";
  EXPECT_EQ(outcome(part(whole, 0)), "answered");
  desk.closed(line);
  EXPECT_EQ(parts(), 0U) << "the link is over";
  EXPECT_EQ(outcome(part(whole, kWholePart)), "upload_unknown");

  EXPECT_EQ(outcome(part(whole, 0)), "answered");
  const auto first = std::exchange(mine, person("ouyang"));
  EXPECT_EQ(outcome(part(whole, kWholePart)), "upload_order") << "another session";
  mine = first;
  EXPECT_EQ(outcome(part(whole, 0)), "answered");
  good(bed.platform.store->write(
      [&](store::Repositories& r) { return r.business().end(mine.session->id, "idle", bed.platform.clock.now()); }));
  EXPECT_EQ(outcome(part(whole, kWholePart)), "no_session");
  EXPECT_EQ(parts(), 0U);
}

TEST_F(VaultDeskTest, WhatNoAgentSendsEndsTheLink) {
  const auto whole = content(kWholePart + 1);
  auto bad = part(whole, 0, 0);
  EXPECT_EQ(code(desk.answer(kiosk.id, bad, line)), Errc::malformed) << "an empty part";
  bad = part(whole, 0, whole.size());
  EXPECT_EQ(code(desk.answer(kiosk.id, bad, line)), Errc::malformed) << "too large a part";
  bad = part(whole, 0);
  bad.mutable_file_part()->set_size(10);
  EXPECT_EQ(code(desk.answer(kiosk.id, bad, line)), Errc::malformed) << "more than the whole";
  bad.mutable_file_part()->set_offset(11);
  EXPECT_EQ(code(desk.answer(kiosk.id, bad, line)), Errc::malformed);
  bad = part(whole, 0);
  bad.mutable_file_part()->set_case_id("short");
  EXPECT_EQ(code(desk.answer(kiosk.id, bad, line)), Errc::malformed);
  VaultDesk none(bed.platform.changes, nullptr, bed.log);
  EXPECT_EQ(take(none.answer(kiosk.id, part(whole, 0), line)).outcome(), "vault_unavailable");
}

}  // namespace
}  // namespace kw::server

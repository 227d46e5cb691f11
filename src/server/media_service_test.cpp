#include <fstream>

#include "server/testing/watching.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::take;
using testing::Watching;

const std::string kSavedJpeg = "\xff\xd8\xff\xe0 a picture";

TEST(Media, APictureIsStoredSealedAndReadWithAPurpose) {
  Watching p;
  const auto id = p.ask("snapshot");
  EXPECT_EQ(p.give(Watching::piece(id, "snapshot", 0, false, kSavedJpeg)).outcome(), "taken");
  EXPECT_EQ(take(p.media.get(id)).state, store::MediaState::arriving);
  EXPECT_EQ(code(p.media.read(id, "why", p.security, {})), Errc::wrong_state) << "not whole";
  EXPECT_EQ(p.give(Watching::piece(id, "snapshot", 1, true, "its end")).outcome(), "taken");
  const auto row = take(p.media.get(id));
  EXPECT_EQ(row.state, store::MediaState::complete);
  EXPECT_EQ(row.asked_by, "secadmin");
  EXPECT_EQ(row.purpose, "a case");
  EXPECT_EQ(row.octets, kSavedJpeg.size() + 7);
  EXPECT_EQ(p.content(id), kSavedJpeg + "its end");
  EXPECT_EQ(p.last("media.stored").params().at("digest"), to_hex(row.digest));
  const auto read = p.last("media.read");
  EXPECT_EQ(read.person(), "secadmin");
  EXPECT_EQ(read.params().at("purpose"), "why");
  EXPECT_EQ(take(p.media.of_device(p.device)).size(), 1u);
}

TEST(Media, APieceThatComesAgainIsStoredOnce) {
  Watching p;
  const auto id = p.ask("snapshot");
  const auto first = Watching::piece(id, "snapshot", 0, false, "abc");
  EXPECT_EQ(p.give(first).outcome(), "taken");
  EXPECT_EQ(p.give(first).outcome(), "taken");
  EXPECT_EQ(p.give(Watching::piece(id, "snapshot", 1, true, "d")).outcome(), "taken");
  EXPECT_EQ(p.content(id), "abcd");
  const auto again = p.give(Watching::piece(id, "snapshot", 1, true, "d"));
  EXPECT_EQ(again.outcome(), "refused");
  EXPECT_EQ(again.reason(), "over");
  EXPECT_EQ(p.count("media.unasked"), 0u) << "no alarm for what was asked for";
}

TEST(Media, WhatNobodyAskedForIsRefusedAndTold) {
  Watching p;
  const auto id = p.ask("snapshot");
  const auto other = p.approved(take(crypto::Sm2PrivateKey::generate()), "kiosk 2", "198.18.10.11/24");
  const auto expect = [&](const v1::Media& one, const std::string& reason, std::optional<DeviceId> from = {}) {
    const auto before = p.count("media.unasked");
    const auto report = take(p.media.take(from.value_or(p.device), one));
    EXPECT_EQ(report.outcome(), "refused") << reason;
    EXPECT_EQ(report.reason(), reason);
    EXPECT_EQ(p.count("media.unasked"), before + 1) << reason;
    EXPECT_EQ(p.last("media.unasked").params().at("reason"), reason);
  };
  expect(Watching::piece(OrderId::make(p.clock.now(), p.random), "snapshot", 0, true, kSavedJpeg), "no_order");
  expect(Watching::piece(id, "snapshot", 0, true, kSavedJpeg), "no_order", other);
  expect(Watching::piece(id, "clip", 0, true, kSavedJpeg), "kind");
  expect(Watching::piece(id, "hologram", 0, true, kSavedJpeg), "kind");
  auto section = Watching::piece(id, "snapshot", 0, true, kSavedJpeg);
  section.set_section("malware");
  expect(section, "kind");
  expect(Watching::piece(id, "snapshot", 3, true, kSavedJpeg), "gap");
  good(p.store->write([&](auto& r) { return r.orders().settle(id, store::OrderState::refused, "off"); }));
  expect(Watching::piece(id, "snapshot", 0, true, kSavedJpeg), "refused_order");
  const auto late = p.ask("snapshot");
  p.clock.advance(OrderService::kLookValidity + MediaService::kLate + 1s);
  expect(Watching::piece(late, "snapshot", 0, true, kSavedJpeg), "too_late");
  EXPECT_GE(take(p.alarms.page({})).total, 1u);
}

TEST(Media, AFloodOfUnaskedMediaDoesNotFloodTheRecord) {
  Watching p;
  for (int i = 0; i < 100; ++i)
    p.give(Watching::piece(OrderId::make(p.clock.now(), p.random), "snapshot", 0, true, kSavedJpeg));
  EXPECT_EQ(p.count("media.unasked"), RefusalThrottle::kMostPerWindow);
}

TEST(Media, AFlippedBitOnTheDiskIsTheOneErrorAndToldOnce) {
  Watching p;
  const auto id = p.ask("snapshot");
  p.give(Watching::piece(id, "snapshot", 0, true, kSavedJpeg));
  std::fstream file(p.file(id), std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(40);
  const char octet = static_cast<char>(file.get() ^ 1);
  file.seekp(40);
  file.put(octet);
  file.close();
  EXPECT_EQ(code(p.media.read(id, "why", p.security, {})), Errc::decrypt_failed);
  EXPECT_EQ(p.count("media.damaged"), 1u);
  std::filesystem::remove(p.file(id));
  EXPECT_EQ(code(p.media.read(id, "why", p.security, {})), Errc::decrypt_failed);
  EXPECT_EQ(p.count("media.read"), 2u) << "the attempt is a look too";
}

TEST(Media, OneDevicesRoomAndEverybodysAreBounded) {
  Watching p;
  testing::TemporaryDirectory dir;
  MediaService small(p.changes, testing::test_keys().sealer(), {"platform", testing::test_keys().ledger_key()},
                     dir.path(), {.retention_days = 30, .most_device_octets = 600U << 10, .most_octets = 10U << 20},
                     p.log);
  const auto fill = [&](const OrderId& id) {
    std::string outcome;
    for (std::uint64_t i = 0; i < 40 && (i == 0 || outcome == "taken"); ++i)
      outcome = take(small.take(p.device, Watching::piece(id, "clip", i, false, std::string(kMostMediaPiece, 'v'))))
                    .outcome();
    return outcome;
  };
  const std::map<std::string, std::string> span{{"from", "a"}, {"until", "b"}};
  const auto first = p.ask("clip", span);
  EXPECT_EQ(fill(first), "refused");
  EXPECT_EQ(take(small.get(first)).state, store::MediaState::incomplete);
  EXPECT_EQ(p.last("media.store.failed").params().at("reason"), "device_full");
  EXPECT_EQ(fill(p.ask("clip", span)), "refused");
  EXPECT_LE(take(p.store->read([&](auto& r) { return r.media().sizes(p.device); })).of_device, 6U << 20);
}

TEST(Media, TheAgeOfARecordingEndsIt) {
  Watching p;
  const auto id = p.ask("snapshot");
  p.give(Watching::piece(id, "snapshot", 0, true, kSavedJpeg));
  p.clock.advance(24h * 30 - 1h);
  good(p.media.tick());
  EXPECT_EQ(p.content(id), kSavedJpeg);
  p.clock.advance(2h);
  good(p.media.tick());
  EXPECT_FALSE(std::filesystem::exists(p.file(id)));
  const auto row = take(p.media.get(id));
  EXPECT_EQ(row.state, store::MediaState::removed);
  EXPECT_TRUE(row.key.empty());
  EXPECT_EQ(code(p.media.read(id, "why", p.security, {})), Errc::wrong_state);
  EXPECT_EQ(p.count("media.removed"), 1u);
  good(p.media.tick());
  EXPECT_EQ(p.count("media.removed"), 1u);
}

TEST(Media, ARecordingOfNothingIsNone) {
  Watching p;
  const auto id = p.ask("clip", {{"from", "a"}, {"until", "b"}});
  EXPECT_EQ(p.give(Watching::piece(id, "clip", 0, true, "")).reason(), "nothing");
  EXPECT_EQ(take(p.media.get(id)).state, store::MediaState::incomplete);
}

TEST(Media, WhatDoesNotGetWholeIsToldAndNotShown) {
  Watching p;
  const auto id = p.ask("snapshot");
  p.give(Watching::piece(id, "snapshot", 0, false, kSavedJpeg));
  p.clock.advance(MediaService::kQuiet + 1s);
  good(p.media.tick());
  EXPECT_EQ(take(p.media.get(id)).state, store::MediaState::incomplete);
  EXPECT_EQ(p.last("media.store.failed").params().at("reason"), "incomplete");
  EXPECT_EQ(code(p.media.read(id, "why", p.security, {})), Errc::wrong_state);
}

TEST(Media, ALiveViewIsNeverStoredAndEndsWithItsTime) {
  Watching p;
  const auto id = p.ask_live(60);
  EXPECT_EQ(take(p.media.may_look(id)), p.device) << "before the first frame";
  EXPECT_EQ(p.give(Watching::piece(id, "live", 0, false, kSavedJpeg)).outcome(), "taken");
  EXPECT_EQ(p.give(Watching::piece(id, "live", 5, false, kSavedJpeg)).outcome(), "taken") << "frames may be missing";
  EXPECT_EQ(p.count("media.live.started"), 1u);
  EXPECT_FALSE(std::filesystem::exists(p.file(id)));
  EXPECT_EQ(code(p.media.read(id, "why", p.security, {})), Errc::wrong_state);
  EXPECT_EQ(p.give(Watching::piece(id, "live", 6, false, "<html>")).reason(), "no_jpeg");
  p.clock.advance(91s);
  EXPECT_EQ(code(p.media.may_look(id)), Errc::wrong_state);
  EXPECT_EQ(p.give(Watching::piece(id, "live", 7, false, kSavedJpeg)).reason(), "too_late");
  p.clock.advance(MediaService::kLiveQuiet);
  good(p.media.tick());
  EXPECT_EQ(take(p.media.get(id)).state, store::MediaState::ended);
  EXPECT_EQ(take(p.media.get(id)).pieces, 2u);
}

TEST(Media, ALiveViewEndsWithItsLastFrameOrBySomeonesWord) {
  Watching p;
  const auto id = p.ask_live();
  p.give(Watching::piece(id, "live", 0, false, kSavedJpeg));
  EXPECT_EQ(p.give(Watching::piece(id, "live", 1, true, "")).outcome(), "taken");
  EXPECT_EQ(take(p.media.get(id)).state, store::MediaState::ended);
  EXPECT_EQ(p.count("media.live.ended"), 1u);
  EXPECT_EQ(code(p.media.end(id, "r", p.security)), Errc::wrong_state);

  const auto revoked = p.ask_live();
  good(p.media.end(revoked, "enough", p.security));
  const auto report = p.give(Watching::piece(revoked, "live", 0, false, kSavedJpeg));
  EXPECT_EQ(report.outcome(), "refused");
  EXPECT_EQ(report.reason(), "over");
  EXPECT_EQ(code(p.media.may_look(revoked)), Errc::wrong_state);
  EXPECT_EQ(p.last("media.live.ended").params().at("reason"), "enough");
  EXPECT_EQ(code(p.media.end(p.ask("snapshot"), "r", p.security)), Errc::not_found);
}

TEST(Media, AFullStoreIsAnErrorAndThePieceComesAgain) {
  Watching p;
  const auto id = p.ask("snapshot");
  p.store->full = true;
  EXPECT_EQ(code(p.media.take(p.device, Watching::piece(id, "snapshot", 0, true, kSavedJpeg))), Errc::no_space);
  p.store->full = false;
  EXPECT_EQ(p.give(Watching::piece(id, "snapshot", 0, true, kSavedJpeg)).outcome(), "taken");
  EXPECT_EQ(p.content(id), kSavedJpeg);
}

TEST(Media, OrdersToLookEndSoonOthersTomorrow) {
  Watching p;
  const auto expiry = [&](const OrderId& id) {
    const auto order = take(p.store->read([&](auto& r) { return r.orders().get(id); }));
    return order.expires - order.issued;
  };
  EXPECT_EQ(expiry(p.ask("snapshot")), OrderService::kLookValidity);
  EXPECT_EQ(expiry(p.ask_live()), OrderService::kLookValidity);
  EXPECT_EQ(expiry(p.ask("clip", {{"from", "a"}, {"until", "b"}})), OrderService::kValidity);
  EXPECT_EQ(expiry(p.ask("stop")), OrderService::kValidity);
}

}  // namespace
}  // namespace kw::server

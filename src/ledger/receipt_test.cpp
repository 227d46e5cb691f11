#include "ledger/receipt.h"

#include <gtest/gtest.h>

#include "ledger/bundle.h"
#include "ledger/memory_tiles.h"

namespace kw::ledger {
namespace {

const crypto::Sm2PrivateKey& receipt_key() {
  static const auto key = *crypto::Sm2PrivateKey::generate();
  return key;
}
Bytes receipt_entry(std::uint64_t i) { return copy(bytes_of("entry-" + std::to_string(i))); }

struct Log {
  explicit Log(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) tiles.append(leaf_hash(receipt_entry(i)));
    checkpoint = {"test.example", size, tiles.frontier().root(), Timestamp::from_seconds(1'700'000'000)};
    object = *sign_checkpoint(checkpoint, receipt_key());
  }
  Receipt receipt(std::uint64_t index) {
    return {index, receipt_entry(index), *inclusion_proof(index, checkpoint.size, tiles), object};
  }
  MemoryTiles tiles;
  Checkpoint checkpoint;
  v1::Signed object;
};

TEST(Receipt, ProvesItsEntryToWhoTrustsTheKeyAlone) {
  Log log(600);
  for (const std::uint64_t index : {0, 1, 255, 256, 511, 599}) {
    const auto text = receipt_text(log.receipt(index));
    const auto again = parse_receipt("Dear court,\n" + text + "yours\n");
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(again->index, index);
    EXPECT_EQ(again->entry, receipt_entry(index));
    const auto verdict = check_receipt(*again, receipt_key().public_key());
    EXPECT_EQ(verdict.fault, ReceiptFault::none) << verdict.detail;
    EXPECT_EQ(verdict.checkpoint, log.checkpoint);
  }
}

TEST(Receipt, AnythingElseIsToldApart) {
  Log log(600);
  const auto good = log.receipt(300);
  const auto fault = [](const Receipt& receipt) { return check_receipt(receipt, receipt_key().public_key()).fault; };
  auto other = good;
  other.entry.back() ^= 1;
  EXPECT_EQ(fault(other), ReceiptFault::not_included);
  other = good;
  other.index = 301;
  EXPECT_EQ(fault(other), ReceiptFault::not_included);
  other = good;
  other.path.pop_back();
  EXPECT_EQ(fault(other), ReceiptFault::not_included);
  other = good;
  auto shorter = log.checkpoint;
  shorter.size = 599;
  other.checkpoint.set_payload(copy_text(build_checkpoint(shorter)));
  EXPECT_EQ(fault(other), ReceiptFault::bad_signature);
  other.checkpoint.set_payload("x");
  EXPECT_NE(fault(other), ReceiptFault::none);
  other = good;
  other.checkpoint.set_kind("policy");
  EXPECT_EQ(fault(other), ReceiptFault::checkpoint_altered);
  const auto stranger = *crypto::Sm2PrivateKey::generate();
  EXPECT_EQ(check_receipt(good, stranger.public_key()).fault, ReceiptFault::bad_signature);
}

TEST(Receipt, TextThatIsNoneIsRefused) {
  Log log(10);
  const auto text = receipt_text(log.receipt(3));
  EXPECT_EQ(parse_receipt("").code(), Errc::not_found);
  EXPECT_EQ(parse_receipt(text.substr(0, text.size() / 2)).code(), Errc::malformed);
  EXPECT_EQ(parse_receipt(std::string(kMaxReceiptText + 1, 'a')).code(), Errc::too_large);
  auto empty = log.receipt(3);
  empty.entry.clear();
  EXPECT_EQ(parse_receipt(receipt_text(empty)).code(), Errc::malformed);
}

TEST(BundleHead, LeadsFromTheSealToTheCheckpoint) {
  Log log(600);
  MemoryTiles before;
  for (std::uint64_t i = 0; i < 300; ++i) before.append(leaf_hash(receipt_entry(i)));
  SegmentSeal seal{"test.example", 2, 200, 300, 12345, crypto::sm3({}), before.frontier().root(), {1}, {2}};
  BundleHead head{*sign_seal(seal, receipt_key()), Frontier::restore(200, log.tiles)->edge(), log.object,
                  *consistency_proof(300, 600, log.tiles)};
  const auto octets = build_bundle_head(head);
  const auto length = bundle_head_length(ByteView(octets).first(kBundlePreamble));
  ASSERT_TRUE(length);
  ASSERT_EQ(*length + kBundlePreamble, octets.size());
  auto again = *parse_bundle_head(ByteView(octets).subspan(kBundlePreamble));
  const auto claim = check_bundle_head(again, receipt_key().public_key());
  ASSERT_TRUE(claim) << claim.error().detail;
  EXPECT_EQ(claim->seal, seal);
  EXPECT_EQ(claim->checkpoint, log.checkpoint);
  EXPECT_EQ(claim->before.root(), *root_at(200, log.tiles));

  const auto fault = [&](const BundleHead& changed) {
    const auto out = check_bundle_head(changed, receipt_key().public_key());
    return out ? BundleFault::none : out.error().fault;
  };
  auto changed = again;
  changed.proof.pop_back();
  EXPECT_EQ(fault(changed), BundleFault::checkpoint_unrelated);
  changed = again;
  changed.edge.pop_back();
  EXPECT_EQ(fault(changed), BundleFault::head_altered);
  changed = again;
  seal.end = 299;
  changed.seal.set_payload(copy_text(build_seal(seal)));
  EXPECT_EQ(fault(changed), BundleFault::bad_signature);
  changed = again;
  changed.seal = log.object;  // the ledger's key signed it, but it is no seal
  EXPECT_EQ(fault(changed), BundleFault::head_altered);
  changed = again;
  auto elsewhere = log.checkpoint;
  elsewhere.origin = "other.example";
  changed.checkpoint = *sign_checkpoint(elsewhere, receipt_key());
  EXPECT_EQ(fault(changed), BundleFault::checkpoint_unrelated);
}

TEST(BundleHead, SizesAreBoundedBeforeAnythingIsRead) {
  Bytes preamble = copy(bytes_of("KWLEDBDL"));
  append(preamble, Bytes{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff});
  EXPECT_EQ(bundle_head_length(preamble).code(), Errc::too_large);
  preamble[11] = 2;
  EXPECT_EQ(bundle_head_length(preamble).code(), Errc::unsupported);
  preamble[0] = 'X';
  EXPECT_EQ(bundle_head_length(preamble).code(), Errc::malformed);
  EXPECT_EQ(bundle_head_length(ByteView(preamble).first(10)).code(), Errc::truncated);
}

}  // namespace
}  // namespace kw::ledger

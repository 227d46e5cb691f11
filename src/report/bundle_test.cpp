// The bundle: it checks with the key alone, and any changed octet is found.
#include "report/bundle.h"

#include <gmock/gmock.h>

#include "crypto/pem.h"
#include "device/egress/zip.h"
#include "ledger/signed_payload.h"
#include "report/manifest.h"
#include "report/model_json.h"
#include "report/testing/sample.h"
#include "report/zip_writer.h"

namespace kw::report {
namespace {

using testing::sample_key;

Model small_model() {
  return testing::make_sample(
      {.kiosks = 1, .sites = 1, .districts = 1, .rule_step = 40, .entries = 3, .with_items = false});
}
std::vector<RenderedFile> small_files() {
  return {{"report.zh.pdf", copy(bytes_of("%PDF-1.7 pages"))}, {"report.zh.xlsx", Bytes(300, 7)}};
}
Bytes small_bundle() { return *build_bundle(small_model(), small_files(), sample_key()); }

TEST(ReportBundle, is_good_as_it_was_made) {
  const auto archive = small_bundle();
  const auto verdict = check_bundle(archive, sample_key().public_key());
  EXPECT_EQ(verdict.fault, BundleFault::none) << verdict.detail;
  ASSERT_TRUE(verdict.model);
  EXPECT_EQ(verdict.model->cover.number, "KW-2026-0042");
  ASSERT_TRUE(verdict.checkpoint);
  EXPECT_EQ(verdict.checkpoint->origin, "ledger.example");
  EXPECT_EQ(verdict.proofs, 3U);
  EXPECT_EQ(verdict.bad_proofs, 0U);
  EXPECT_GT(verdict.lines, 0U);
  EXPECT_EQ(verdict.proven_lines, verdict.lines);
  for (const auto& check : verdict.checks) EXPECT_TRUE(check.good) << check.what;
  EXPECT_EQ(verdict.checks.size(), 1U + 3U + 1U + 1U + 2U);  // manifest, files, archive, content, checkpoint and proofs
}

TEST(ReportBundle, finds_a_flip_of_any_bit) {
  const auto archive = small_bundle();
  const auto key = sample_key().public_key();
  for (std::size_t at = 0; at < archive.size(); ++at) {
    auto changed = archive;
    changed[at] ^= static_cast<Byte>(1U << (at % 8));
    ASSERT_NE(check_bundle(changed, key).fault, BundleFault::none) << "octet " << at << " of " << archive.size();
  }
}

TEST(ReportBundle, finds_what_is_cut_added_or_put_in_front) {
  const auto archive = small_bundle();
  const auto key = sample_key().public_key();
  for (std::size_t size = 0; size < archive.size(); size += 97)
    EXPECT_NE(check_bundle(ByteView(archive).first(size), key).fault, BundleFault::none) << size;
  auto longer = archive;
  longer.push_back(0);
  EXPECT_NE(check_bundle(longer, key).fault, BundleFault::none);
  Bytes shifted(1, 0);
  append(shifted, archive);
  EXPECT_EQ(check_bundle(shifted, key).fault, BundleFault::archive_altered);
}

TEST(ReportBundle, is_nothing_to_another_key) {
  const auto verdict = check_bundle(small_bundle(), crypto::Sm2PrivateKey::generate()->public_key());
  EXPECT_EQ(verdict.fault, BundleFault::bad_signature);
  EXPECT_FALSE(verdict.model);
}

TEST(ReportBundle, says_which_file_is_another_one_and_goes_on) {
  auto archive = small_bundle();
  const std::string_view text = text_of(archive);
  archive[text.find("%PDF-1.7 pages")] ^= 1;
  const auto verdict = check_bundle(archive, sample_key().public_key());
  EXPECT_EQ(verdict.fault, BundleFault::file_altered);
  EXPECT_NE(verdict.detail.find("report.zh.pdf"), std::string::npos);
  std::size_t bad = 0;
  for (const auto& check : verdict.checks) bad += check.good ? 0U : 1U;
  EXPECT_EQ(bad, 1U) << "the other parts and the proofs are looked at all the same";
  EXPECT_EQ(verdict.proofs, 3U);
}

BundleVerdict verdict_of(Model model) {
  return check_bundle(*build_bundle(model, {}, sample_key()), sample_key().public_key());
}

TEST(ReportBundle, finds_what_was_wrong_before_it_was_signed) {
  auto model = small_model();
  model.proofs[1].path[0][5] ^= 1;
  auto verdict = verdict_of(model);
  EXPECT_EQ(verdict.fault, BundleFault::not_included);
  EXPECT_EQ(verdict.index, 1U);
  EXPECT_EQ(verdict.bad_proofs, 1U);
  model = small_model();
  model.proofs[2].type = "something.else";
  EXPECT_EQ(verdict_of(model).fault, BundleFault::entry_differs);
  model = small_model();
  model.proofs[2].entry.push_back(0);
  EXPECT_EQ(verdict_of(model).fault, BundleFault::entry_differs);
  model = small_model();
  model.proofs[2].index = 1;
  EXPECT_EQ(verdict_of(model).fault, BundleFault::not_included);
  model = small_model();
  model.proofs[2].entry.clear();  // the hash alone is proven
  EXPECT_EQ(verdict_of(model).fault, BundleFault::none);
  model = small_model();
  model.checkpoint.clear();
  EXPECT_EQ(verdict_of(model).fault, BundleFault::checkpoint_altered) << "proofs need one";
  const ledger::Checkpoint head{"ledger.example", 3, {}, testing::kSampleNow};
  model.checkpoint = schema::serialise(*ledger::sign_checkpoint(head, *crypto::Sm2PrivateKey::generate()));
  EXPECT_EQ(verdict_of(model).fault, BundleFault::checkpoint_altered) << "another key's";
}

TEST(ReportBundle, refuses_names_that_no_part_has) {
  for (const auto* bad : {"", "../x", "a b", "manifest.pem", "report.json", "Report.pdf", ".x"})
    EXPECT_FALSE(build_bundle(small_model(), {{bad, Bytes(1, 1)}}, sample_key())) << bad;
  EXPECT_FALSE(build_bundle(small_model(), {{"a", {}}, {"a", {}}}, sample_key()));
}

TEST(ReportBundle, takes_no_part_that_is_not_named) {
  const auto archive = small_bundle();
  std::vector<PackedPart> parts;
  const auto read = *device::read_zip(archive);
  for (const auto& part : read) {
    device::Budget budget;
    const auto octets = *device::unpack(part, budget);
    parts.push_back({std::string(part.name), part.method != 0, crc32_of(octets), octets.size(), copy(part.packed)});
  }
  const auto key = sample_key().public_key();
  EXPECT_EQ(check_bundle(*write_zip(parts), key).fault, BundleFault::none) << "the archive has one form";
  auto more = parts;
  more.push_back(stored_part("extra.exe", Bytes(3, 3)));
  EXPECT_EQ(check_bundle(*write_zip(more), key).fault, BundleFault::archive_altered);
  auto fewer = parts;
  fewer.pop_back();
  EXPECT_EQ(check_bundle(*write_zip(fewer), key).fault, BundleFault::file_altered);
  std::swap(parts[1], parts[2]);
  EXPECT_EQ(check_bundle(*write_zip(parts), key).fault, BundleFault::archive_altered);
}

TEST(ReportManifest, is_read_in_one_form) {
  const Manifest manifest{"N-1", testing::kSampleNow, {{"report.json", 5, crypto::sm3({}), crypto::sm3({})}}};
  const auto text = write_manifest(manifest);
  EXPECT_TRUE(read_manifest(text));
  EXPECT_EQ(read_manifest(text + " ").code(), Errc::corrupt);
  EXPECT_EQ(read_manifest("{}").code(), Errc::malformed);
  EXPECT_EQ(read_manifest(std::string(20'000, ' ')).code(), Errc::too_large);
}

TEST(ReportZip, is_read_by_others) {
  const auto text = std::string(5000, 'x');
  std::vector<PackedPart> parts{deflate_part("a.xml", bytes_of(text)), stored_part("b/c.png", Bytes(10, 9))};
  const auto archive = *write_zip(parts);
  const auto read = device::read_zip(archive);
  ASSERT_TRUE(read) << read.error().text();
  device::Budget budget;
  EXPECT_EQ(text_of(*device::unpack(read->at(0), budget)), text);
  EXPECT_LT(parts[0].packed.size(), 100U);
  EXPECT_EQ(read->at(1).name, "b/c.png");
}

}  // namespace
}  // namespace kw::report

#include <algorithm>

#include "crypto/pem.h"
#include "device/egress/zip.h"
#include "kioskward/v1/ledger.pb.h"
#include "ledger/signed_payload.h"
#include "report/manifest.h"
#include "report/model_json.h"
#include "report/zip_writer.h"
#include "schema/codec.h"

namespace kw::report {
namespace {

constexpr std::size_t kMostManifestText = 64 * 1024;

/// What is being found out of one bundle; each step adds what it saw.
class BundleExam {
 public:
  explicit BundleExam(const crypto::Sm2PublicKey& key) : key_(key) {}

  BundleVerdict examine(ByteView archive) {
    auto parts = device::read_zip(archive);
    if (!parts) return give_up(BundleFault::unreadable, parts.error().text());
    if (parts->size() > kMostBundleFiles) return give_up(BundleFault::unreadable, "too many parts");
    if (parts->empty() || parts->front().name != kManifestName)
      return give_up(BundleFault::unreadable, "no manifest.pem in front");
    const auto manifest = open_manifest(parts->front());
    if (!manifest) return std::move(out_);
    const auto json = compare_files(*parts, *manifest);
    compare_archive(archive, *parts, *manifest);
    if (json) look_into(*json, *manifest);
    return std::move(out_);
  }

 private:
  void note(std::string_view what, BundleFault fault, std::string detail,
            std::optional<std::uint64_t> index = std::nullopt) {
    const bool good = fault == BundleFault::none;
    if (!good && out_.fault == BundleFault::none) {
      out_.fault = fault;
      out_.detail = std::string(what) + ": " + detail;
      out_.index = index;
    }
    out_.checks.push_back({std::string(what), good, std::move(detail)});
  }
  BundleVerdict give_up(BundleFault fault, std::string detail) {
    note("bundle", fault, std::move(detail));
    return std::move(out_);
  }

  /// The manifest, where the trusted key signed it.
  std::optional<Manifest> open_manifest(const device::ZipPart& part) {
    const auto bad = [&](BundleFault fault, const Error& error) {
      note(kManifestName, fault, error.text());
      return std::nullopt;
    };
    if (part.packed.size() > kMostManifestText) return bad(BundleFault::unreadable, Error(Errc::too_large));
    auto text = text_of(part.packed);
    const auto block = crypto::pem_find(text, kBundleLabel);
    if (!block) return bad(BundleFault::unreadable, block.error());
    const auto object = schema::parse<ledger::v1::Signed>(block->reveal(), kMostManifestText);
    if (!object) return bad(BundleFault::unreadable, object.error());
    // a block, or a message, that says the same in other octets is not the one that was written
    if (crypto::pem_wrap(schema::serialise(*object), kBundleLabel) != text_of(part.packed))
      return bad(BundleFault::unreadable, Error(Errc::corrupt, "not in the form that is written"));
    const auto payload = ledger::open_payload(*object, kBundleKind, key_);
    if (!payload)
      return bad(payload.code() == Errc::bad_signature ? BundleFault::bad_signature : BundleFault::unreadable,
                 payload.error());
    auto manifest = read_manifest(text_of(*payload));
    if (!manifest) return bad(BundleFault::unreadable, manifest.error());
    note(kManifestName, BundleFault::none, "signed by " + to_hex(key_.key_id()));
    return std::move(*manifest);
  }

  /// Each part against its digests; gives report.json where it is as signed.
  std::optional<Bytes> compare_files(const std::vector<device::ZipPart>& parts, const Manifest& manifest) {
    std::optional<Bytes> json;
    for (const auto& file : manifest.files) {
      const auto part = std::ranges::find(parts, file.name, &device::ZipPart::name);
      if (part == parts.end()) {
        note(file.name, BundleFault::file_altered, "missing");
        continue;
      }
      device::Budget budget{.octets = kMostBundle, .part = kMostBundle};
      auto octets = device::unpack(*part, budget);
      const bool same = octets && octets->size() == file.octets && crypto::sm3(*octets) == file.digest &&
                        crypto::sm3(part->packed) == file.packed;
      if (!same) {
        note(file.name, BundleFault::file_altered, "not the file that was signed");
        continue;
      }
      note(file.name, BundleFault::none, to_hex(file.digest));
      crcs_.emplace_back(file.name, crc32_of(*octets));
      if (file.name == kReportJsonName) json = std::move(*octets);
    }
    if (!json && out_.fault == BundleFault::none) note(kReportJsonName, BundleFault::file_altered, "missing");
    return json;
  }

  /// The archive, where each part is good, has to be the one that such parts make.
  void compare_archive(ByteView archive, const std::vector<device::ZipPart>& parts, const Manifest& manifest) {
    if (out_.fault != BundleFault::none) return;
    std::vector<PackedPart> again{stored_part(std::string(kManifestName), copy(parts.front().packed))};
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
      const auto& file = manifest.files[i];
      const auto part = std::ranges::find(parts, file.name, &device::ZipPart::name);
      again.push_back({file.name, part->method != 0, crcs_[i].second, file.octets, copy(part->packed)});
    }
    const auto written = write_zip(again);
    const bool same = written && equal(*written, archive);
    note("archive", same ? BundleFault::none : BundleFault::archive_altered,
         same ? std::to_string(archive.size()) + " octets" : "not as such parts are written");
  }

  void look_into(const Bytes& json, const Manifest& manifest) {
    auto model = read_json(text_of(json));
    if (!model) return note("content", BundleFault::unreadable, model.error().text());
    if (model->cover.number != manifest.number || model->cover.made != manifest.made)
      return note("content", BundleFault::unreadable, "the manifest is another report's");
    note("content", BundleFault::none, "scores and findings follow from the lines");
    check_proofs(*model);
    for (const auto& subject : model->subjects)
      for (const auto& line : subject.lines) {
        ++out_.lines;
        if (!line.proofs.empty() ||
            std::ranges::any_of(line.evidence, [](const Evidence& e) { return !e.proofs.empty(); }))
          ++out_.proven_lines;
      }
    out_.model = std::move(*model);
  }

  void check_proofs(const Model& model) {
    if (model.checkpoint.empty() && model.proofs.empty())
      return note("checkpoint", BundleFault::none, "the report has no proofs");
    const auto object = schema::parse<ledger::v1::Signed>(model.checkpoint, ledger::kMaxSignedCheckpoint);
    if (!object) return note("checkpoint", BundleFault::checkpoint_altered, object.error().text());
    auto head = ledger::open_checkpoint(*object, key_);
    if (!head) return note("checkpoint", BundleFault::checkpoint_altered, head.error().text());
    note("checkpoint", BundleFault::none, head->origin + ", " + std::to_string(head->size) + " entries");
    out_.checkpoint = std::move(*head);
    out_.proofs = model.proofs.size();
    for (const auto& proof : model.proofs) check_proof(proof, *out_.checkpoint);
    if (out_.bad_proofs == 0) note("proofs", BundleFault::none, std::to_string(out_.proofs));
  }

  void check_proof(const ProvedEntry& proof, const ledger::Checkpoint& head) {
    const auto bad = [&](BundleFault fault, std::string detail) {
      if (++out_.bad_proofs <= 20) note("entry " + std::to_string(proof.index), fault, std::move(detail), proof.index);
    };
    if (!proof.entry.empty() && ledger::leaf_hash(proof.entry) != proof.leaf)
      return bad(BundleFault::entry_differs, "its hash is another one");
    const auto included = ledger::verify_inclusion(proof.leaf, proof.index, head.size, proof.path, head.root);
    if (!included) return bad(BundleFault::not_included, included.error().text());
    if (proof.entry.empty()) return;
    const auto entry = schema::parse<ledger::v1::AuditEntry>(proof.entry, ledger::kMaxEntry);
    if (!entry || entry->type() != proof.type || entry->time_ns() != proof.time.unix_ns)
      bad(BundleFault::entry_differs, "the ledger's entry says something else");
  }

  const crypto::Sm2PublicKey& key_;
  BundleVerdict out_;
  std::vector<std::pair<std::string, std::uint32_t>> crcs_;
};

}  // namespace

std::string_view name(BundleFault fault) noexcept {
  switch (fault) {
    case BundleFault::none:
      return "none";
    case BundleFault::unreadable:
      return "unreadable";
    case BundleFault::bad_signature:
      return "bad_signature";
    case BundleFault::file_altered:
      return "file_altered";
    case BundleFault::archive_altered:
      return "archive_altered";
    case BundleFault::checkpoint_altered:
      return "checkpoint_altered";
    case BundleFault::not_included:
      return "not_included";
    case BundleFault::entry_differs:
      return "entry_differs";
  }
  return "unknown";
}

BundleVerdict check_bundle(ByteView archive, const crypto::Sm2PublicKey& key) {
  if (archive.size() > kMostBundle) return {BundleFault::unreadable, "larger than a bundle is"};
  return BundleExam(key).examine(archive);
}

}  // namespace kw::report

#pragma once
// A report's bundle is one ZIP archive: manifest.pem (signed), report.json, and the rendered files. build_bundle makes
// it, check_bundle checks it with the ledger's public key and nothing else.
//
//   manifest.pem   v1::Signed{kind "report"} in a PEM block; its payload is the manifest, canonical JSON:
//                  {"files":[{"name","octets","packed_sm3","sm3"},…],"format":"kioskward-report-bundle","made",
//                   "number","version":1}
//   report.json    the machine-readable report (report/model_json.h)
//   others         report.zh.pdf, report.zh.docx, report.zh.xlsx, report.en.pdf, …
//
// The archive has one form (report/zip_writer.h), the manifest names every other part, and both digests are SM3: of the
// part as it comes out and as it stands packed in the archive. So each octet of the archive is either signed or follows
// from what is. Source: ADR 134. PURE; thread-safe.
#include "crypto/sm2.h"
#include "ledger/checkpoint.h"
#include "report/model.h"

namespace kw::report {

inline constexpr std::size_t kMostBundle = std::size_t{256} << 20;
inline constexpr std::size_t kMostBundleFiles = 32;
inline constexpr std::string_view kBundleKind = "report";
inline constexpr std::string_view kBundleLabel = "KIOSKWARD REPORT";
inline constexpr std::string_view kManifestName = "manifest.pem", kReportJsonName = "report.json";

struct RenderedFile {
  std::string name;  // a-z, 0-9, '.', '-'
  Bytes octets;
};

/// build_bundle: Errc::invalid for a name that no part has, or twice; as check_model; errors of the signing key.
Result<Bytes> build_bundle(const Model& model, std::vector<RenderedFile> files, const crypto::Sm2PrivateKey& key);

enum class BundleFault : std::uint8_t {
  none,
  unreadable,          // no archive, no manifest, or a report.json that says nothing
  bad_signature,       // the manifest is not signed by the trusted key
  file_altered,        // a part is missing, too many, or not the one that was signed
  archive_altered,     // every part is as signed; the archive around them is not as it was written
  checkpoint_altered,  // not readable as a checkpoint, or not signed by the trusted key
  not_included,        // a proof does not lead to the checkpoint
  entry_differs,       // an entry is in the ledger, and does not say what the report says of it
};
[[nodiscard]] std::string_view name(BundleFault fault) noexcept;

/// One thing that was looked at: a part of the archive, the checkpoint, the proofs together.
struct BundleCheck {
  std::string what;
  bool good = false;
  std::string detail{};  // digest, count; or what is wrong
};
struct BundleVerdict {
  BundleFault fault = BundleFault::none;  // the first that was found
  std::string detail{};
  std::optional<std::uint64_t> index{};  // of the entry that it is about
  std::vector<BundleCheck> checks{};
  std::optional<Model> model{};                    // where it is signed and sound
  std::optional<ledger::Checkpoint> checkpoint{};  // where its signature is good
  std::size_t lines = 0, proven_lines = 0;         // lines; those that a proof of the ledger stands behind
  std::size_t proofs = 0, bad_proofs = 0;
};
/// check_bundle looks at everything even after a fault, as far as it can be read.
[[nodiscard]] BundleVerdict check_bundle(ByteView archive, const crypto::Sm2PublicKey& key);

}  // namespace kw::report

#include <algorithm>

#include "crypto/pem.h"
#include "ledger/signed_payload.h"
#include "report/manifest.h"
#include "report/model_json.h"
#include "report/zip_writer.h"
#include "schema/codec.h"

namespace kw::report {

Result<Bytes> build_bundle(const Model& model, std::vector<RenderedFile> files, const crypto::Sm2PrivateKey& key) {
  KW_CHECK(check_model(model));
  if (files.size() + 2 > kMostBundleFiles) return fail(Errc::invalid, "report: too many files");
  const auto json = write_json(model);
  if (json.size() > kMostReportJson) return fail(Errc::too_large, "report.json");
  Manifest manifest{model.cover.number, model.cover.made, {}};
  std::vector<PackedPart> parts(1);  // the manifest's place
  const auto add = [&](PackedPart part, const crypto::Digest& digest) {
    manifest.files.push_back({part.name, part.octets, digest, crypto::sm3(part.packed)});
    parts.push_back(std::move(part));
  };
  add(deflate_part(std::string(kReportJsonName), bytes_of(json)), crypto::sm3(bytes_of(json)));
  for (auto& file : files) {
    if (!is_file_name(file.name) || file.name == kManifestName ||
        std::ranges::find(manifest.files, file.name, &ManifestFile::name) != manifest.files.end())
      return fail(Errc::invalid, "report: name of a file");
    const auto digest = crypto::sm3(file.octets);
    add(stored_part(std::move(file.name), std::move(file.octets)), digest);
  }
  KW_TRY(const auto object, ledger::sign_payload(kBundleKind, bytes_of(write_manifest(manifest)), key));
  const auto pem = crypto::pem_wrap(schema::serialise(object), kBundleLabel);
  parts.front() = stored_part(std::string(kManifestName), copy(bytes_of(pem)));
  KW_TRY(auto out, write_zip(parts));
  if (out.size() > kMostBundle) return fail(Errc::too_large, "report");
  return out;
}

}  // namespace kw::report

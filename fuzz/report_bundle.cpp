// links: report
// A report's bundle, manifest and report.json from a stranger: bounded, never signed by a key that nobody has used, and
// what is taken is written again octet by octet.
#include <cstdlib>

#include "report/bundle.h"
#include "report/manifest.h"
#include "report/model_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  static const auto key = *crypto::Sm2PrivateKey::generate();  // nobody has signed with it
  const ByteView in(data, size);
  const auto verdict = report::check_bundle(in, key.public_key());
  if (verdict.fault == report::BundleFault::none || verdict.model || verdict.checks.empty()) std::abort();
  const auto text = text_of(in);
  if (const auto manifest = report::read_manifest(text); manifest && report::write_manifest(*manifest) != text)
    std::abort();
  if (const auto model = report::read_json(text); model && report::write_json(*model) != text) std::abort();
  return 0;
}

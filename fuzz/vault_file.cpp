// links: vault
#include "vault/file_statement.h"
#include "vault/test_keys.h"

/// Statements read back as they were; a file opens and passes for a statement's only where it is that file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::vault;
  const kw::ByteView in(data, size);
  if (const auto statement = parse_statement(in)) {
    if (!kw::equal(build_statement(*statement), in)) __builtin_trap();
    if (auto verifier = FileVerifier::make(*statement); verifier && verifier->add(in) && verifier->finish())
      __builtin_trap();
  }
  static const KeyRing ring = [] {
    KeyRing out;
    static_cast<void>(out.add(key_of(KeyUse::file, "c", {key_id(1), 1}), KeyState::active));
    return out;
  }();
  const auto opener = FileOpener::make(ring, {"tenant", "c", "f"}, in.first(std::min(size, kFileHeader)), size);
  for (std::uint64_t i = 0; opener && i < opener->layout().chunks; ++i)
    if (opener->open(i, in.subspan(opener->layout().offset(i), opener->layout().size(i)))) __builtin_trap();
  return 0;
}

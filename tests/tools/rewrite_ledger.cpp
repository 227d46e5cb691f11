// rewrite_ledger DATA_DIR WORD OTHER: what somebody does who has root on the platform and every key of it. Each entry that
// holds WORD is written anew with OTHER (of the same length), the tree is built again over all, and its head is signed
// with the ledger's own key. Prints how many entries it changed.
#include <filesystem>
#include <iostream>

#include "crypto/random.h"
#include "platform/linux/system_clock.h"
#include "server/platform_keys.h"
#include "store/ledger/ledger_reader.h"
#include "store/ledger/ledger_writer.h"

namespace {

using namespace kw;

Result<std::uint64_t> rewrite(const std::filesystem::path& data, const std::string& word, const std::string& other) {
  const platform::SystemClock clock;
  crypto::SystemRandom random;
  KW_TRY(const auto keys, server::PlatformKeys::load(data, "platform", clock.now(), random));
  KW_TRY(const auto reader, store::LedgerReader::open(data / "ledger"));
  KW_TRY(const auto old_head, reader->checkpoint());
  KW_TRY(const auto head, ledger::open_checkpoint(old_head, keys.ledger_key().public_key()));
  store::PosixFileOps files;
  const auto forged = data / "ledger.new";
  KW_TRY(const auto writer, store::LedgerWriter::open(forged, {.origin = head.origin, .key = {}}, files));
  std::uint64_t changed = 0;
  KW_CHECK(reader->for_each_from(0, [&](std::uint64_t, ByteView entry) -> Result<> {
    auto text = copy_text(entry);
    const auto at = text.find(word);
    if (at != std::string::npos) {
      text.replace(at, word.size(), other);
      ++changed;
    }
    const auto written = writer->append(copy(bytes_of(text))).get();
    return written ? Result<>() : written.error();
  }));
  KW_TRY(const auto signed_head, writer->checkpoint_now(clock, keys.ledger_key()));
  std::filesystem::rename(data / "ledger", data / "ledger.old");
  std::filesystem::rename(forged, data / "ledger");
  return changed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 3 || words[1].size() != words[2].size()) return 2;
  const auto done = rewrite(words[0], words[1], words[2]);
  if (!done) {
    std::cerr << done.error().text() << "\n";
    return 1;
  }
  std::cout << *done << "\n";
  return 0;
}

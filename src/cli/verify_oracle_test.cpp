// tests/oracle/verify.py shares no code with this program: both judge the same ledgers, bundles and receipts, good ones
// and damaged ones, and agree.
#include <sys/wait.h>

#include <boost/json.hpp>
#include <cstdio>
#include <sstream>

#include "cli/verify.h"
#include "ledger/receipt.h"
#include "schema/codec.h"
#include "store/ledger/derived_files.h"
#include "store/ledger/ledger_archive.h"
#include "store/ledger/ledger_test_support.h"
#include "store/ledger/recovery.h"
#include "witness/refusal.h"
#include "witness/witnessed.h"

namespace kw::cli {
namespace {

using namespace store::testing;

struct Opinion {
  int code = -1;
  bool good = false;
  std::string fault;
};

Opinion opinion_of(int code, const std::string& text) {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error || !value.is_object()) return {code, false, "no JSON"};
  const auto& object = value.get_object();
  return {code, object.at("good").as_bool(), std::string(object.at("fault").as_string())};
}

class Opinions : public ::testing::Test {
 protected:
  void SetUp() override {
    write_whole(key_, ledger_key().public_key().spki());
    make_ledger(temp_.ledger(), 700);
    if (oracle("ledger", temp_.ledger()).code == 77) GTEST_SKIP() << "this Python's hashlib has no SM3";
  }
  std::vector<std::string> words(const std::string& kind, const std::filesystem::path& path, bool against) {
    std::vector<std::string> out{kind, path.string(), "--key", key_.string()};
    if (against) out.insert(out.end(), {"--ledger", temp_.ledger().string()});
    if (kind == "witnessed") out.insert(out.end(), {"--witnesses", witnesses_, "--needed", needed_});
    return out;
  }
  Opinion oracle(const std::string& kind, const std::filesystem::path& path, bool against = false) {
    std::string command = "python3 -B " KW_SOURCE_DIR "/tests/oracle/verify.py";
    for (const auto& word : words(kind, path, against)) command += " '" + word + "'";
    std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) return {};
    std::string text;
    std::array<char, 256> part;
    while (const auto n = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), n);
    const int status = ::pclose(pipe);
    return opinion_of(WIFEXITED(status) ? WEXITSTATUS(status) : -1, text);
  }
  Opinion ours(const std::string& kind, const std::filesystem::path& path, bool against = false) {
    auto args = words(kind, path, against);
    args.emplace_back("--json");
    std::ostringstream out, err;
    const int code = run_verify(args, out, err, StandingClock());
    return opinion_of(code, out.str());
  }
  /// Both say `good`, and name the same fault where `same_fault`.
  void agree(const std::string& kind, const std::filesystem::path& path, bool good, const std::string& what,
             bool same_fault = true, bool against = false) {
    const auto one = ours(kind, path, against), other = oracle(kind, path, against);
    EXPECT_EQ(one.good, good) << what << ": ours says " << one.fault;
    EXPECT_EQ(other.good, good) << what << ": the oracle says " << other.fault;
    EXPECT_EQ(one.code, good ? kDone : kUntrusted) << what;
    EXPECT_EQ(other.code, one.code) << what;
    if (same_fault) {
      EXPECT_EQ(one.fault, other.fault) << what;
    }
  }
  /// Flips one octet of a file, has both judge, and puts it back.
  void flip(const std::string& kind, const std::filesystem::path& file, const std::filesystem::path& judged,
            std::size_t at, bool same_fault, bool against = false) {
    const auto octets = read_whole(file);
    ASSERT_LT(at, octets.size());
    auto changed = octets;
    changed[at] ^= 1;
    write_whole(file, changed);
    agree(kind, judged, false, file.filename().string() + " octet " + std::to_string(at), same_fault, against);
    write_whole(file, octets);
  }
  /// Seals all closed segments, and gives the bundle of one as a file.
  std::filesystem::path bundle(std::uint32_t number) {
    const auto head = *store::read_checkpoint_file(layout_);
    const auto checkpoint = *ledger::open_checkpoint(head, ledger_key().public_key());
    while (*archive_.seal_next(checkpoint, [](ByteView) { return Result<Timestamp>(Timestamp{1}); }, ledger_key())) {
    }
    const auto made = *archive_.exported(number, head);
    auto octets = made.head;
    append(octets, read_whole(made.file));
    const auto path = temp_.path() / "bundle";
    write_whole(path, octets);
    EXPECT_TRUE(archive_.confirm(number, made.digest, "audit.one", "vault 3"));
    return path;
  }
  /// Another history of the same origin under the same key.
  void make_other_ledger() {
    std::filesystem::remove_all(temp_.ledger());
    auto writer = open_writer(temp_.ledger(), ops_);
    ASSERT_TRUE(writer);
    for (int i = 0; i < 800; ++i) ASSERT_TRUE(writer->append(copy(bytes_of("other"))).get());
    ASSERT_TRUE(writer->checkpoint_now(clock_, ledger_key()));
  }
  void remove_oldest() {
    ASSERT_TRUE(*archive_.remove_next(Timestamp{2}, ledger_key(), [](const auto&) { return Result<>(); }));
  }

  std::string witnesses_, needed_ = "2";  // of "witnessed"
  TempDir temp_;
  std::filesystem::path key_ = temp_.path() / "key";
  store::LedgerLayout layout_{temp_.ledger()};
  store::PosixFileOps ops_;
  StandingClock clock_;
  store::LedgerArchive archive_{temp_.ledger(), ops_, clock_, ledger_key().public_key()};
};

TEST_F(Opinions, OnLedgers) {
  agree("ledger", temp_.ledger(), true, "as written");
  const auto segment = layout_.segment(1);
  flip("ledger", segment, temp_.ledger(), store::kSegmentHeader + store::kRecordHeader, true);
  flip("ledger", segment, temp_.ledger(), 12, false);
  flip("ledger", layout_.level(0), temp_.ledger(), 32 * 300, true);
  flip("ledger", layout_.checkpoint(), temp_.ledger(), 30, false);
  const auto octets = read_whole(segment);
  std::filesystem::remove(segment);
  agree("ledger", temp_.ledger(), false, "a segment is missing", false);
  write_whole(segment, octets);
  const auto last = layout_.segment(store::list_segments(layout_)->back().number);
  const auto tail = read_whole(last);
  write_whole(last, ByteView(tail).first(tail.size() - 20));
  agree("ledger", temp_.ledger(), false, "the end is missing", false);
  auto torn = tail;
  torn.insert(torn.end(), 30, Byte{7});
  write_whole(last, torn);
  agree("ledger", temp_.ledger(), true, "a torn append behind the checkpoint");
  write_whole(last, tail);
  std::filesystem::remove(layout_.checkpoint());
  agree("ledger", temp_.ledger(), false, "no checkpoint");
}

TEST_F(Opinions, OnArchivedLedgers) {
  bundle(0);
  remove_oldest();
  agree("ledger", temp_.ledger(), true, "the first segment is archived");
  flip("ledger", layout_.level(0), temp_.ledger(), 3, true);
  const auto record = layout_.archive_record(0);
  const auto octets = read_whole(record);
  std::filesystem::remove(record);
  agree("ledger", temp_.ledger(), false, "no seal");
  write_whole(record, octets);
  for (std::size_t at = octets.size() - 295; at < octets.size(); at += 23)  // in the removal, and what it confirms
    flip("ledger", record, temp_.ledger(), at, false);
  ledger::v1::SegmentArchive said;
  ASSERT_TRUE(said.ParseFromString(copy_text(octets)));
  const auto removal = said.removal();
  said.clear_removal();
  write_whole(record, bytes_of(said.SerializeAsString()));
  agree("ledger", temp_.ledger(), false, "nobody signed that it was removed");
  *said.mutable_removal() = removal;
  said.set_removed_ns(said.removed_ns() + 1);
  write_whole(record, bytes_of(said.SerializeAsString()));
  agree("ledger", temp_.ledger(), false, "another time than was signed");
  write_whole(record, octets);
  agree("ledger", temp_.ledger(), true, "as it was");
  std::filesystem::remove(layout_.segment(1));
  agree("ledger", temp_.ledger(), false, "removed by hand");
}

TEST_F(Opinions, OnBundles) {
  const auto path = bundle(0);
  agree("bundle", path, true, "as exported");
  agree("bundle", path, true, "against the ledger", true, true);
  remove_oldest();
  agree("bundle", path, true, "against the ledger that has it no more", true, true);
  const auto octets = read_whole(path);
  const auto head = *ledger::bundle_head_length(ByteView(octets).first(16)) + 16;
  for (const std::size_t at : {std::size_t{0}, std::size_t{9}, head + 8, head + 12, head + 32, head + 39, head + 56})
    flip("bundle", path, path, at, true);
  for (std::size_t at = 16; at < head; at += head / 12) flip("bundle", path, path, at, false);
  for (const std::size_t size : {std::size_t{10}, head - 1, head, octets.size() - 1}) {
    write_whole(path, ByteView(octets).first(size));
    agree("bundle", path, false, "cut at " + std::to_string(size), size >= head);
  }
  write_whole(path, octets);
  make_other_ledger();
  agree("bundle", path, false, "against another ledger", true, true);
}

TEST_F(Opinions, OnReceipts) {
  auto reader = *store::LedgerReader::open(temp_.ledger());
  const auto path = temp_.path() / "receipt.pem";
  const auto save = [&](const ledger::Receipt& receipt) { write_whole(path, bytes_of(ledger::receipt_text(receipt))); };
  const auto receipt_of = [&](std::uint64_t index) {
    return ledger::Receipt{index, *reader->entry(index), *reader->inclusion(index, 700), *reader->checkpoint()};
  };
  for (const std::uint64_t index : {0, 1, 255, 256, 511, 512, 699}) {
    save(receipt_of(index));
    agree("receipt", path, true, "entry " + std::to_string(index));
  }
  auto changed = receipt_of(300);
  changed.entry.push_back(Byte{0});
  save(changed);
  agree("receipt", path, false, "another entry");
  changed = receipt_of(300);
  changed.index = 301;
  save(changed);
  agree("receipt", path, false, "another place");
  changed.index = 700;
  save(changed);
  agree("receipt", path, false, "a place outside");
  changed = receipt_of(300);
  changed.path.pop_back();
  save(changed);
  agree("receipt", path, false, "a shorter proof");
  changed = receipt_of(300);
  changed.path.push_back(ledger::empty_root());
  save(changed);
  agree("receipt", path, false, "a longer proof");
  changed = receipt_of(300);
  changed.checkpoint.mutable_signatures(0)->mutable_value()->back() ^= 1;
  save(changed);
  agree("receipt", path, false, "a forged signature");
  changed = receipt_of(300);
  changed.checkpoint.clear_signatures();
  save(changed);
  agree("receipt", path, false, "no signature");
  changed.checkpoint.set_kind("order");
  save(changed);
  agree("receipt", path, false, "another kind of object");
  write_whole(path, bytes_of("nothing"));
  agree("receipt", path, false, "no receipt");
}

TEST_F(Opinions, OnWitnessedHeads) {
  const auto object = *store::read_checkpoint_file(layout_);
  const auto head = *ledger::open_checkpoint(object, ledger_key().public_key());
  const auto path = temp_.path() / "witnessed.kww";
  std::map<std::string, crypto::Sm2PrivateKey> keys;
  for (const auto* name : {"backup", "police", "absent", "stranger"}) {
    keys.emplace(name, *crypto::Sm2PrivateKey::generate());
    write_whole(temp_.path() / name, keys.at(name).public_key().spki());
    if (std::string_view(name) != "stranger")
      witnesses_ += (witnesses_.empty() ? "" : ",") + (temp_.path() / name).string();
  }
  const auto word = [&](const std::string& name, const ledger::Checkpoint& of) {
    return *witness::cosign(of, name, of.time, keys.at(name));
  };
  const auto save = [&](const std::vector<witness::v1::Signed>& words, const ledger::v1::Signed& of) {
    witness::v1::WitnessedCheckpoint out;
    out.set_version(1);
    *out.mutable_checkpoint() = of;
    for (const auto& one : words) *out.add_cosignatures() = one;
    write_whole(path, schema::serialise(out));
  };
  const auto backup = word("backup", head), police = word("police", head), stranger = word("stranger", head);
  save({backup, police, stranger}, object);
  agree("witnessed", path, true, "two of two, and one that nobody asked for");
  save({backup, police}, object);
  agree("witnessed", path, true, "two of two, against the ledger", true, true);
  for (std::size_t at = 3; at < read_whole(path).size(); at += 37) flip("witnessed", path, path, at, false);
  needed_ = "3";
  agree("witnessed", path, false, "two of three");
  needed_ = "2";
  save({backup, backup, stranger}, object);
  agree("witnessed", path, false, "one witness twice");
  save({backup}, object);
  agree("witnessed", path, false, "one");
  auto other = head;
  other.root[0] ^= 1;
  save({backup, word("police", other)}, object);
  agree("witnessed", path, false, "a word for another head");
  auto forged = police;
  forged.mutable_signatures(0)->mutable_value()->back() ^= 1;
  save({backup, forged}, object);
  agree("witnessed", path, false, "a forged word");
  forged = police;
  *forged.mutable_payload() = backup.payload();
  save({backup, forged}, object);
  agree("witnessed", path, false, "another's words under one's own signature");
  auto head_forged = object;
  head_forged.mutable_signatures(0)->mutable_value()->back() ^= 1;
  save({backup, police}, head_forged);
  agree("witnessed", path, false, "a forged head");
  write_whole(path, bytes_of("nothing"));
  agree("witnessed", path, false, "no such file");
  save({backup, police}, object);
  make_other_ledger();
  agree("witnessed", path, false, "against another ledger", true, true);
}

TEST_F(Opinions, OnRefusals) {
  const auto path = temp_.path() / "refusal.kwr";
  const auto witness_key = *crypto::Sm2PrivateKey::generate();
  auto reader = *store::LedgerReader::open(temp_.ledger());
  store::FileTiles tiles(layout_);
  const auto judge = [&](ledger::Checkpoint seen, ledger::Checkpoint offered, const ledger::Proof& proof,
                         const std::string& what) {
    witness::Refusal refusal;
    refusal.witness = "backup";
    refusal.reason = "forked";
    refusal.seen = *ledger::sign_checkpoint(seen, ledger_key());
    refusal.offered = *ledger::sign_checkpoint(offered, ledger_key());
    refusal.consistency = proof;
    refusal.time = offered.time;
    write_whole(path, schema::serialise(*witness::sign_refusal(refusal, witness_key)));
    agree("refusal", path, false, what);
    return ours("refusal", path).fault;
  };
  const auto at = [&](std::uint64_t size, std::int64_t seconds) {
    return ledger::Checkpoint{"test.example", size, *ledger::root_at(size, tiles), Timestamp::from_seconds(seconds)};
  };
  auto seen = at(300, 10), offered = at(700, 20);
  const auto proof = *reader->consistency(300, 700);
  EXPECT_EQ(judge(seen, offered, proof, "it follows"), "word_against");
  auto fork = seen;
  fork.root[3] ^= 1;
  EXPECT_EQ(judge(fork, offered, proof, "another tree was seen"), "forked");
  EXPECT_EQ(judge(seen, fork, {}, "two trees of one size"), "forked");
  EXPECT_EQ(judge(offered, at(300, 30), {}, "signed later, and shorter"), "shrank");
  EXPECT_EQ(judge(offered, seen, {}, "an old head again"), "word_against");
  auto elsewhere = offered;
  elsewhere.origin = "another.example";
  EXPECT_EQ(judge(seen, elsewhere, proof, "another log"), "other_log");
  write_whole(path, bytes_of("nothing"));
  agree("refusal", path, false, "no refusal");
}

}  // namespace
}  // namespace kw::cli

#include "cli/verify.h"

#include <algorithm>
#include <boost/json.hpp>
#include <sstream>

#include "crypto/pem.h"
#include "crypto/random.h"
#include "ledger/receipt.h"
#include "schema/codec.h"
#include "store/ledger/ledger_test_support.h"
#include "store/ledger/recovery.h"
#include "vault/file_statement.h"
#include "witness/cosignature.h"
#include "witness/refusal.h"
#include "witness/witnessed.h"

namespace kw::cli {
namespace {

using namespace store::testing;

class VerifyCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    make_ledger(temp_.ledger(), 300);
    der_ = ledger_key().public_key().spki();
    write_whole(key_, der_);
  }
  int run(std::vector<std::string> args) {
    out_.str("");
    err_.str("");
    return run_verify(args, out_, err_, StandingClock());
  }
  int verify(const std::filesystem::path& key) {
    return run({"verify", "ledger", temp_.ledger().string(), "--key", key.string()});
  }
  TempDir temp_;
  std::filesystem::path key_ = temp_.path() / "key";
  Bytes der_;
  std::ostringstream out_, err_;
};

TEST_F(VerifyCommand, SaysThatAGoodLedgerIsGood) {
  EXPECT_EQ(verify(key_), kDone);
  EXPECT_NE(out_.str().find("good"), std::string::npos);
  EXPECT_NE(out_.str().find(to_hex(root_of(300))), std::string::npos);
  EXPECT_EQ(run({"ledger", "--key", key_.string(), temp_.ledger().string()}), kDone);
}

TEST_F(VerifyCommand, TakesAPemKey) {
  std::string body = to_base64(der_);
  for (std::size_t at = 64; at < body.size(); at += 65) body.insert(at, "\n");
  write_whole(key_, bytes_of("-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n"));
  EXPECT_EQ(verify(key_), kDone) << err_.str();
  write_whole(key_, bytes_of("-----BEGIN PUBLIC KEY-----\n" + body));
  EXPECT_EQ(verify(key_), kFailed);
}

TEST_F(VerifyCommand, PrintsAVerdictThatCanBeFiled) {
  EXPECT_EQ(verify(key_), kDone);
  const auto text = out_.str();
  for (const auto* words : {"核验内容 / what was checked", "有效 / good", "2023-11-14T22:13:20",
                            "Nothing was added, left out or changed", "没有增加、缺失或改动", "test.example"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
  EXPECT_NE(text.find(to_hex(ledger_key().public_key().key_id())), std::string::npos) << "the key's fingerprint";
}

TEST_F(VerifyCommand, WritesJson) {
  EXPECT_EQ(run({"verify", "ledger", temp_.ledger().string(), "--key", key_.string(), "--json"}), kDone);
  const auto json = boost::json::parse(out_.str()).as_object();
  EXPECT_TRUE(json.at("good").as_bool());
  EXPECT_EQ(json.at("kind").as_string(), "ledger");
  EXPECT_EQ(json.at("fault").as_string(), "none");
  EXPECT_EQ(json.at("key_sm3").as_string(), to_hex(ledger_key().public_key().key_id()));
  EXPECT_EQ(json.at("facts").as_object().at("size").as_string(), "300");
}

TEST_F(VerifyCommand, ChecksAReceiptAndSaysWhatTheEntryIs) {
  ledger::v1::AuditEntry entry;
  entry.set_version(1);
  entry.set_type("net.cut");
  entry.set_person("security.one\x1b[2J");
  (*entry.mutable_params())["reason"] = "why";
  std::uint64_t index = 0;
  {
    store::PosixFileOps ops;
    auto writer = open_writer(temp_.ledger(), ops);
    index = *writer->append(copy(bytes_of(entry.SerializeAsString()))).get();
    ASSERT_TRUE(writer->checkpoint_now(StandingClock(), ledger_key()));
  }
  auto reader = *store::LedgerReader::open(temp_.ledger());
  ledger::Receipt receipt{index, *reader->entry(index), *reader->inclusion(index, index + 1), *reader->checkpoint()};
  const auto path = temp_.path() / "receipt.pem";
  write_whole(path, bytes_of(ledger::receipt_text(receipt)));
  EXPECT_EQ(run({"receipt", path.string(), "--key", key_.string()}), kDone) << err_.str() << out_.str();
  EXPECT_NE(out_.str().find("net.cut"), std::string::npos);
  EXPECT_NE(out_.str().find("reason=why"), std::string::npos);
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos) << "an entry steers no terminal";
  receipt.entry.back() ^= 1;
  write_whole(path, bytes_of(ledger::receipt_text(receipt)));
  EXPECT_EQ(run({"receipt", path.string(), "--key", key_.string()}), kUntrusted);
  EXPECT_NE(out_.str().find("BAD: not_included at entry 300"), std::string::npos) << out_.str();
}

TEST_F(VerifyCommand, CountsTheWitnessesOfAHead) {
  const auto object = *store::read_checkpoint_file({temp_.ledger()});
  const auto head = *ledger::open_checkpoint(object, ledger_key().public_key());
  witness::v1::WitnessedCheckpoint witnessed;
  witnessed.set_version(1);
  *witnessed.mutable_checkpoint() = object;
  std::string keys;
  for (const auto* name : {"backup", "police", "absent"}) {
    const auto key = *crypto::Sm2PrivateKey::generate();
    const auto path = temp_.path() / name;
    write_whole(path, key.public_key().spki());
    keys += (keys.empty() ? "" : ",") + path.string();
    if (std::string_view(name) != "absent")
      *witnessed.add_cosignatures() = *witness::cosign(head, name, head.time, key);
  }
  const auto path = temp_.path() / "witnessed.kww";
  write_whole(path, schema::serialise(witnessed));
  const auto count = [&](const std::string& needed) {
    return run({"witnessed", path.string(), "--key", key_.string(), "--witnesses", keys, "--needed", needed, "--ledger",
                temp_.ledger().string()});
  };
  EXPECT_EQ(count("2"), kDone) << out_.str() << err_.str();
  EXPECT_NE(out_.str().find("backup, police"), std::string::npos) << out_.str();
  EXPECT_EQ(count("3"), kUntrusted);
  EXPECT_NE(out_.str().find("below_quorum"), std::string::npos) << out_.str();
  EXPECT_EQ(count("0"), kUsage);
  EXPECT_EQ(count("4"), kUsage);
  EXPECT_EQ(run({"witnessed", path.string(), "--key", key_.string()}), kUsage);
  std::filesystem::remove_all(temp_.ledger());
  make_ledger(temp_.ledger(), 299);  // shorter than what was witnessed
  EXPECT_EQ(count("2"), kUntrusted);
  EXPECT_NE(out_.str().find("rewritten"), std::string::npos) << out_.str();
}

TEST_F(VerifyCommand, SaysWhatARefusalProves) {
  const auto key = *crypto::Sm2PrivateKey::generate();
  const auto path = temp_.path() / "refusal.kwr";
  const auto judge = [&](std::uint64_t seen_size, std::uint64_t offered_size, Byte root) {
    ledger::Checkpoint head{"test.example", seen_size, root_of(300), Timestamp::from_seconds(1'700'000'000)};
    witness::Refusal refusal{"backup", "forked", *ledger::sign_checkpoint(head, ledger_key()), {}, {}, head.time};
    head.size = offered_size;
    head.root[0] ^= root;
    refusal.offered = *ledger::sign_checkpoint(head, ledger_key());
    write_whole(path, schema::serialise(*witness::sign_refusal(refusal, key)));
    EXPECT_EQ(run({"refusal", path.string(), "--key", key_.string()}), kUntrusted);
    return out_.str();
  };
  EXPECT_NE(judge(300, 300, 1).find("BAD: forked"), std::string::npos) << out_.str();
  EXPECT_NE(judge(300, 300, 0).find("BAD: word_against"), std::string::npos) << out_.str();
  write_whole(path, bytes_of("no refusal"));
  EXPECT_EQ(run({"refusal", path.string(), "--key", key_.string()}), kUntrusted);
  EXPECT_NE(out_.str().find("BAD: unreadable"), std::string::npos) << out_.str();
}

class VerifyVaultFile : public VerifyCommand {
 protected:
  static constexpr std::size_t kChunks = 5;
  void SetUp() override {
    VerifyCommand::SetUp();
    crypto::SystemRandom random;
    const vault::KeyLabel label{{vault::KeyId::make({}, random), 1},
                                {vault::KeyUse::file, vault::DataClass::personal, "d", "permit/photo"}};
    const auto key = *vault::DataKey::make(label, SecretBytes(random.bytes(vault::kKeyOctets)));
    const vault::FilePlace place{"platform", "permit/photo", "case/file"};
    auto sealer = *vault::FileSealer::make(key, place, vault::Grade::four, random);
    sealed_ = copy(sealer.header());
    append(sealed_, *sealer.seal(Bytes(kChunks * vault::kChunk), true));
    state(*vault::sign_statement(*vault::statement_of(sealer, place), ledger_key()));
  }
  void state(const ::kioskward::v1::Signed& object) {
    write_whole(statement_, bytes_of(crypto::pem_wrap(schema::serialise(object), vault::kStatementLabel)));
  }
  int check(ByteView file) {
    write_whole(file_, file);
    return run({"vault-file", file_.string(), "--statement", statement_.string(), "--key", key_.string()});
  }
  /// With chunk `a` in the place of chunk `b`, and the other way round.
  Bytes swapped(std::size_t a, std::size_t b) const {
    auto out = sealed_;
    const auto at = [&](std::size_t i) {
      return out.begin() + static_cast<std::ptrdiff_t>(vault::kFileHeader + i * vault::kSealedChunk);
    };
    std::swap_ranges(at(a), at(a + 1), at(b));
    return out;
  }
  std::filesystem::path file_ = temp_.path() / "photo.sealed", statement_ = temp_.path() / "photo.pem";
  Bytes sealed_;
};

TEST_F(VerifyVaultFile, IsGoodAsItWasSigned) {
  EXPECT_EQ(check(sealed_), kDone) << out_.str() << err_.str();
  for (const auto* words : {"有效 / good", "permit/photo", "case/file", "a sealed file of the data vault"})
    EXPECT_NE(out_.str().find(words), std::string::npos) << out_.str();
}

TEST_F(VerifyVaultFile, SeesWhatWasFlippedCutSwappedAndAdded) {
  std::vector<Bytes> bad;
  for (const auto at :
       {std::size_t{0}, vault::kFileHeader - 1, vault::kFileHeader, sealed_.size() / 2, sealed_.size() - 1}) {
    bad.push_back(sealed_);
    bad.back()[at] ^= 1;
  }
  for (const auto size : {std::size_t{0}, vault::kFileHeader, sealed_.size() - vault::kSealedChunk, sealed_.size() - 1})
    bad.push_back(copy(ByteView(sealed_).first(size)));
  bad.push_back(swapped(0, 1));
  bad.push_back(swapped(1, 3));
  bad.push_back(sealed_);
  bad.back().push_back(0);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(check(bad[i]), kUntrusted) << i;
    EXPECT_NE(out_.str().find("BAD: content_altered"), std::string::npos) << i << out_.str();
  }
}

TEST_F(VerifyVaultFile, TrustsTheKeyAlone) {
  crypto::SystemRandom random;
  auto octets = read_whole(statement_);
  octets[octets.size() / 2] ^= 1;
  write_whole(statement_, octets);
  EXPECT_EQ(check(sealed_), kUntrusted);
  write_whole(statement_, bytes_of("no statement"));
  EXPECT_EQ(check(sealed_), kUntrusted);
  EXPECT_NE(out_.str().find("BAD: unreadable"), std::string::npos) << out_.str();
  SetUp();
  write_whole(key_, crypto::Sm2PrivateKey::generate()->public_key().spki());
  EXPECT_EQ(check(sealed_), kUntrusted);
  EXPECT_NE(out_.str().find("BAD: bad_signature"), std::string::npos) << out_.str();
  std::filesystem::remove(statement_);
  EXPECT_EQ(check(sealed_), kFailed);
  EXPECT_EQ(run({"vault-file", file_.string(), "--key", key_.string()}), kUsage) << "no statement is named";
  EXPECT_EQ(run({"ledger", temp_.ledger().string(), "--key", key_.string(), "--statement", "x"}), kUsage);
}

TEST_F(VerifyCommand, NamesTheFirstBadEntry) {
  const auto path = store::LedgerLayout{temp_.ledger()}.segment(0);
  auto octets = read_whole(path);
  octets[store::kSegmentHeader + store::kRecordHeader] ^= 1;
  write_whole(path, octets);
  EXPECT_EQ(verify(key_), kUntrusted);
  EXPECT_NE(out_.str().find("BAD: entry_altered at entry 0"), std::string::npos) << out_.str();
}

TEST_F(VerifyCommand, TellsWhatItCannotRead) {
  EXPECT_EQ(verify(temp_.path() / "no key"), kFailed);
  write_whole(key_, Bytes(3));
  EXPECT_EQ(verify(key_), kFailed);
  EXPECT_FALSE(err_.str().empty());
  write_whole(key_, der_);
  std::filesystem::remove_all(temp_.ledger());
  EXPECT_EQ(verify(key_), kFailed);
}

TEST_F(VerifyCommand, RefusesOtherArguments) {
  const auto dir = temp_.ledger().string();
  for (const auto& args :
       std::vector<std::vector<std::string>>{{},
                                             {"verify"},
                                             {"verify", "report", dir},
                                             {"ledger", dir},
                                             {"ledger", dir, "--key"},
                                             {"ledger", "--key", key_.string()},
                                             {"ledger", dir, dir, "--key", key_.string()},
                                             {"ledger", dir, "--fast", "--key", key_.string()},
                                             {"ledger", dir, "--key", key_.string(), "--ledger", dir}}) {
    EXPECT_EQ(run(args), kUsage);
    EXPECT_NE(err_.str().find("usage"), std::string::npos);
  }
}

}  // namespace
}  // namespace kw::cli

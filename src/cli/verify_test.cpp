#include "cli/verify.h"

#include <boost/json.hpp>
#include <sstream>

#include "ledger/receipt.h"
#include "schema/codec.h"
#include "store/ledger/ledger_test_support.h"
#include "store/ledger/recovery.h"
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

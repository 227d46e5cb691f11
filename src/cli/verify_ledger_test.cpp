#include "cli/verify_ledger.h"

#include <sstream>

#include "store/ledger/ledger_test_support.h"

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
    return run_verify(args, out_, err_);
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
  for (const auto& args : std::vector<std::vector<std::string>>{{}, {"verify"}, {"verify", "report", dir}, {"ledger", dir},
                                                                {"ledger", dir, "--key"}, {"ledger", "--key", key_.string()},
                                                                {"ledger", dir, dir, "--key", key_.string()},
                                                                {"ledger", dir, "--fast", "--key", key_.string()}}) {
    EXPECT_EQ(run(args), kUsage);
    EXPECT_NE(err_.str().find("usage"), std::string::npos);
  }
}

}  // namespace
}  // namespace kw::cli

// Secrets from files, pipes and a real terminal (a pseudo-terminal that the test types into).
#include "cli/api/secret_input.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace kw::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class SecretInputTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "kw-secret-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string file(const std::string& text, mode_t mode = 0600) {
    const auto path = dir_ + "/secrets";
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  static platform::UniqueFd pipe_with(const std::string& text) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    return platform::UniqueFd(ends[0]);
  }
  static std::string text(const Result<SecretBytes>& got) {
    return got ? copy_text(got->reveal()) : "error " + got.error().text();
  }
  std::string dir_;
  std::ostringstream out_, err_;
};

TEST_F(SecretInputTest, TheFileFirstThenTheInput) {
  const auto input = pipe_with("123456\nrest");
  Terminal terminal{input.get(), out_, err_};
  auto secrets = SecretInput::open(terminal, file("pass word \r\n\n"));
  ASSERT_TRUE(secrets.has_value());
  EXPECT_FALSE(secrets->interactive());
  EXPECT_EQ(text(secrets->ask("Password")), "pass word ");
  EXPECT_EQ(text(secrets->ask("Empty")), "");
  EXPECT_EQ(text(secrets->ask("Code")), "123456");
  EXPECT_EQ(text(secrets->ask("Last")), "rest") << "a last line without its end";
  EXPECT_EQ(text(secrets->ask("Nothing")), "error truncated: Nothing: the input has ended");
  EXPECT_EQ(err_.str(), "") << "no prompts where nobody types";
}

TEST_F(SecretInputTest, RefusesWhatOthersMayReadAndWhatIsNoFile) {
  Terminal terminal{-1, out_, err_};
  EXPECT_EQ(SecretInput::open(terminal, file("x\n", 0644)).code(), Errc::not_permitted);
  EXPECT_EQ(SecretInput::open(terminal, dir_ + "/none").code(), Errc::not_found);
  EXPECT_EQ(SecretInput::open(terminal, dir_).code(), Errc::unsupported);
}

TEST_F(SecretInputTest, LinesAreBounded) {
  const auto input = pipe_with(std::string(1024, 'a') + "\n" + std::string(1025, 'b') + "\n");
  Terminal terminal{input.get(), out_, err_};
  auto secrets = SecretInput::open(terminal, "");
  ASSERT_TRUE(secrets.has_value());
  EXPECT_EQ(text(secrets->ask("Most")).size(), 1024U);
  EXPECT_EQ(secrets->ask("More").code(), Errc::too_large);
}

/// A terminal that somebody types into.
class Typist {
 public:
  Typist() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(master_.get()), 0);
    EXPECT_EQ(::unlockpt(master_.get()), 0);
    slave_ = platform::UniqueFd(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_TRUE(bool(slave_));
  }
  [[nodiscard]] int terminal() const { return slave_.get(); }
  [[nodiscard]] bool echoes() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(slave_.get(), &now), 0);
    return (now.c_lflag & ECHO) != 0;
  }
  void type(std::string_view text) const {
    EXPECT_EQ(::write(master_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// wait_quiet returns once the echo is off, and fails the test after 10 s.
  void wait_quiet() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (echoes() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_FALSE(echoes());
  }
  /// seen is what the terminal has shown so far.
  [[nodiscard]] std::string seen() const {
    std::string out(4096, '\0');
    ::fcntl(master_.get(), F_SETFL, O_NONBLOCK);
    const auto got = ::read(master_.get(), out.data(), out.size());
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

 private:
  platform::UniqueFd master_, slave_;
};

TEST_F(SecretInputTest, ATerminalDoesNotShowWhatIsTyped) {
  const Typist typist;
  Terminal terminal{typist.terminal(), out_, err_};
  auto secrets = SecretInput::open(terminal, "");
  ASSERT_TRUE(secrets.has_value());
  EXPECT_TRUE(secrets->interactive());
  std::thread person([&typist] {
    typist.wait_quiet();
    typist.type("correct horse\n");
  });
  EXPECT_EQ(text(secrets->ask("Password")), "correct horse");
  person.join();
  EXPECT_EQ(err_.str(), "Password: \n");
  EXPECT_TRUE(typist.echoes()) << "the echo is back";
  EXPECT_THAT(typist.seen(), Not(HasSubstr("horse")));
}

TEST_F(SecretInputTest, TheEndOfATerminalsInputIsAnError) {
  const Typist typist;
  Terminal terminal{typist.terminal(), out_, err_};
  auto secrets = SecretInput::open(terminal, "");
  std::thread person([&typist] {
    typist.wait_quiet();
    typist.type("\x04");
  });
  EXPECT_EQ(secrets->ask("Password").code(), Errc::truncated);
  person.join();
}

TEST_F(SecretInputTest, ASignalGivesTheEchoBackBeforeItEndsTheProcess) {
  const Typist typist;
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGTERM, SIG_DFL);
    Terminal terminal{typist.terminal(), out_, err_};
    auto secrets = SecretInput::open(terminal, "");
    const auto ignored = secrets->ask("Password");  // ends in the signal
    ::_exit(ignored ? 0 : 1);
  }
  typist.wait_quiet();
  ASSERT_EQ(::kill(child, SIGTERM), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
  EXPECT_TRUE(typist.echoes());
}

}  // namespace
}  // namespace kw::cli

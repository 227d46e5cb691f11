// s_client against s_server in one process, over loopback, with pipes for terminals.
#include "cli/s_client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <ostream>
#include <streambuf>
#include <thread>

#include "cli/options.h"
#include "cli/s_server.h"
#include "cli/tlcp_files.h"

namespace kw::cli {
namespace {

using namespace std::chrono_literals;
using Args = std::vector<std::string>;

// A text that another thread may wait for.
class WatchedBuffer final : public std::streambuf {
 public:
  bool wait_for(const std::string& word) {
    std::unique_lock lock(mutex_);
    return grown_.wait_for(lock, 10s, [&] { return text_.find(word) != std::string::npos; });
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 protected:
  int_type overflow(int_type c) override {
    const char one = traits_type::to_char_type(c);
    xsputn(&one, 1);
    return c;
  }
  std::streamsize xsputn(const char* from, std::streamsize n) override {
    const std::lock_guard lock(mutex_);
    text_.append(from, static_cast<std::size_t>(n));
    grown_.notify_all();
    return n;
  }

 private:
  std::mutex mutex_;
  std::condition_variable grown_;
  std::string text_;
};

// A terminal with given input.
struct Screen {
  explicit Screen(const std::string& input = "") {
    EXPECT_EQ(::pipe2(fds_, O_CLOEXEC), 0);
    EXPECT_EQ(::write(fds_[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    ::close(fds_[1]);
    terminal = std::make_unique<Terminal>(Terminal{fds_[0], out_stream, err_stream});
  }
  ~Screen() { ::close(fds_[0]); }
  WatchedBuffer out, err;
  std::ostream out_stream{&out}, err_stream{&err};
  std::unique_ptr<Terminal> terminal;

 private:
  int fds_[2] = {-1, -1};
};

std::string pki(const std::string& name) { return std::string(KW_SOURCE_DIR) + "/tests/vectors/tlcp/pki/" + name; }

// s_server --once on a free port, on a thread of its own.
struct OnceServer {
  explicit OnceServer(Args more, const std::string& input = "") : screen(input) {
    Args args{"--listen", "127.0.0.1:0", "--once", "--cert", pki("server_sign.crt"), "--key", pki("server_sign.key"),
              "--enc-cert", pki("server_enc.crt"), "--enc-key", pki("server_enc.key")};
    args.insert(args.end(), more.begin(), more.end());
    thread = std::thread([this, args] { code = run_s_server(args, *screen.terminal); });
    EXPECT_TRUE(screen.out.wait_for("\n"));
    const auto line = screen.out.text();
    address = line.substr(line.find(' ') + 1, line.find('\n') - line.find(' ') - 1);
  }
  int wait() {
    thread.join();
    return code;
  }
  Screen screen;
  std::string address;
  std::thread thread;
  int code = -1;
};

TEST(SClient, gets_a_status_page_with_mutual_authentication) {
  const auto log = std::filesystem::temp_directory_path() / ("kw-keylog-" + std::to_string(::getpid()));
  for (const std::string suite : {"ECC_SM4_GCM_SM3", "ECC_SM4_CBC_SM3"}) {
    OnceServer server({"--client-ca", pki("ca_chain.crt"), "--require-client", "--www"});
    Screen screen("GET / HTTP/1.0\r\n\r\n");
    const Args args{"--connect", server.address, "--ca", pki("ca_chain.crt"), "--cert", pki("client_sign.crt"),
                    "--key", pki("client_sign.key"), "--enc-cert", pki("client_enc.crt"), "--enc-key",
                    pki("client_enc.key"), "--suite", suite, "--keylog", log.string(), "--verify-name", "localhost"};
    EXPECT_EQ(run_s_client(args, *screen.terminal), kDone) << screen.err.text();
    EXPECT_EQ(server.wait(), kDone) << server.screen.err.text();
    const auto text = screen.out.text();
    EXPECT_NE(text.find("Cipher    : " + suite), std::string::npos) << text;
    EXPECT_NE(text.find("Verification: OK"), std::string::npos);
    EXPECT_NE(text.find("HTTP/1.0 200 OK"), std::string::npos);
    EXPECT_NE(text.find("CN=kiosk-0001"), std::string::npos);
  }
  const auto lines = read_file(log.string());
  ASSERT_TRUE(lines);
  EXPECT_TRUE(lines->starts_with("CLIENT_RANDOM "));
  EXPECT_EQ(std::ranges::count(*lines, '\n'), 2);
  std::filesystem::remove(log);
}

TEST(SClient, relays_both_terminals) {
  OnceServer server({}, "from the server\n");
  Screen screen("from the client\n");
  const Args args{"--connect", server.address, "--ca", pki("ca_chain.crt"), "--quiet", "--no-extensions"};
  EXPECT_EQ(run_s_client(args, *screen.terminal), kDone) << screen.err.text();
  EXPECT_EQ(server.wait(), kDone) << server.screen.err.text();
  EXPECT_EQ(screen.out.text(), "from the server\n");
  EXPECT_NE(server.screen.out.text().find("from the client\n"), std::string::npos);
}

TEST(SClient, refusals_have_exit_codes_of_their_own) {
  {
    OnceServer server({"--www"});
    Screen screen;
    EXPECT_EQ(run_s_client(Args{"--connect", server.address, "--ca", pki("client_sign.crt")}, *screen.terminal), kUntrusted);
    EXPECT_EQ(server.wait(), kFailed);
    EXPECT_NE(server.screen.err.text().find("bad_certificate"), std::string::npos);
  }
  OnceServer server({"--client-ca", pki("ca_chain.crt"), "--require-client", "--www"});
  Screen screen;
  EXPECT_EQ(run_s_client(Args{"--connect", server.address, "--ca", pki("ca_chain.crt")}, *screen.terminal), kFailed);
  EXPECT_EQ(server.wait(), kUntrusted);
}

TEST(SClient, insecure_goes_on_and_says_so) {
  OnceServer server({"--www"});
  Screen screen("GET / HTTP/1.0\r\n\r\n");
  const Args args{"--connect", server.address, "--ca", pki("client_sign.crt"), "--insecure", "--showcerts"};
  EXPECT_EQ(run_s_client(args, *screen.terminal), kDone) << screen.err.text();
  EXPECT_EQ(server.wait(), kDone);
  EXPECT_NE(screen.out.text().find("Verification: unknown_ca"), std::string::npos);
  EXPECT_NE(screen.out.text().find("BEGIN CERTIFICATE"), std::string::npos);
}

TEST(SClient, wrong_usage_is_told) {
  const std::vector<Args> cases{{},
                                {"--connect", "nowhere"},
                                {"--connect", "a:1", "--frob"},
                                {"--connect", "a:1", "--suite", "e051"},
                                {"--connect", "a:1", "--cert", pki("client_sign.crt")},
                                {"--connect", "a:1", "--ca", pki("none.crt")},
                                {"--connect", "a:1", "--cert", pki("client_sign.crt"), "--key", pki("client_enc.key")}};
  for (const auto& args : cases) {
    Screen screen;
    EXPECT_EQ(run_s_client(args, *screen.terminal), kUsage);
    EXPECT_NE(screen.err.text().find("usage:"), std::string::npos);
  }
  Screen screen;
  EXPECT_EQ(run_s_server(Args{"--listen", "0"}, *screen.terminal), kUsage);
  EXPECT_EQ(run_s_client(Args{"--connect", "127.0.0.1:1"}, *screen.terminal), kFailed);
}

TEST(Commands, are_found_and_listed) {
  Screen screen;
  EXPECT_EQ(run_command(Args{}, *screen.terminal), kUsage);
  EXPECT_EQ(run_command(Args{"frob"}, *screen.terminal), kUsage);
  EXPECT_EQ(run_command(Args{"help"}, *screen.terminal), kDone);
  EXPECT_NE(screen.out.text().find("s_client"), std::string::npos);
  EXPECT_EQ(run_command(Args{"s_client", "--help"}, *screen.terminal), kDone);
}

TEST(Options, are_parsed_strictly) {
  const std::vector<Options::Spec> specs{{"name", true}, {"flag", false}};
  const auto good = Options::parse(Args{"--name=a=b", "x", "--flag"}, specs);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->value("name"), "a=b");
  EXPECT_TRUE(good->has("flag"));
  EXPECT_EQ(good->positional(), Args{"x"});
  for (const auto& args : {Args{"--name"}, Args{"--flag=1"}, Args{"--flag", "--flag"}, Args{"--other"}})
    EXPECT_FALSE(Options::parse(args, specs));
}

TEST(HostPort, is_parsed_strictly) {
  EXPECT_EQ(parse_host_port("[::1]:443")->host, "::1");
  EXPECT_EQ(parse_host_port("443", "0.0.0.0")->host, "0.0.0.0");
  for (const auto* text : {"", ":", "a:", "a:x", "a:70000", "443", ":443"}) EXPECT_FALSE(parse_host_port(text)) << text;
}

}  // namespace
}  // namespace kw::cli

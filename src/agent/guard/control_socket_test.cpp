#include "agent/guard/control_socket.h"

#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <thread>

#include "agent/testing/kiosk.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::must;
using testing::TempDir;

struct ControlSocketTest : ::testing::Test {
  TempDir dir;
  boost::asio::io_context io{1};
  std::string path = dir.path("guard.sock");
  std::vector<v1::Signed> heard;
  std::unique_ptr<ControlSocket> socket = must(ControlSocket::open(
      io.get_executor(), path,
      {[this](const v1::Signed& order) {
         heard.push_back(order);
         return std::string("refused test");
       },
       [](const std::string& words) { return "asked: " + words + "\nand " + std::string(8000, 'x'); }}));

  Result<std::string> ask(ByteView order) {
    std::optional<Result<std::string>> out;
    std::thread asker([&] { out = ask_control(path, order); });
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!out && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(10ms);
    }
    asker.join();
    return *out;
  }
};

TEST_F(ControlSocketTest, GivesAnOrderToTheGuardAndItsAnswerBack) {
  v1::Signed order;
  order.set_kind("order");
  EXPECT_EQ(must(ask(schema::serialise(order))), "refused test");
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].kind(), "order");
}

TEST_F(ControlSocketTest, WordsAreNoOrderAndTheirAnswerMayBeLong) {
  const auto answer = must(ask(control_words("drill result")));
  EXPECT_EQ(answer, "asked: drill result\nand " + std::string(8000, 'x'));
  EXPECT_TRUE(heard.empty());
}

TEST_F(ControlSocketTest, NoOrderIsAQuestionTooAndJunkIsRefusedHere) {
  EXPECT_EQ(must(ask({})), "refused test");
  EXPECT_TRUE(heard.at(0).payload().empty());
  EXPECT_EQ(must(ask(Bytes{0xff, 0xff})), "refused malformed");
  EXPECT_EQ(heard.size(), 1U);
}

TEST_F(ControlSocketTest, IsForItsOwnUserAndGoesWithTheGuard) {
  struct stat s{};
  ASSERT_EQ(::stat(path.c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0600U);
  socket.reset();
  EXPECT_EQ(ask_control(path, {}).code(), Errc::not_found);
}

}  // namespace
}  // namespace kw::agent

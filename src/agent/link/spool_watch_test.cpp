#include "agent/link/spool_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "agent/testing/kiosk.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct SpoolWatchTest : ::testing::Test {
  testing::TempDir dir;
  std::string spool = dir.path() + "/spool";
  boost::asio::io_context io{1};
  SpoolWatch watch{io.get_executor(), spool};
  int calls = 0;

  void SetUp() override {
    fs::create_directories(spool);
    std::ofstream(spool + "/mark") << "x";
    ASSERT_TRUE(watch.start([this] { ++calls; }));
    ASSERT_TRUE(until(1)) << "what went before the start has no event";
  }
  void TearDown() override { watch.stop(); }
  bool until(int most) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (calls < most && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return calls >= most;
  }
};

TEST_F(SpoolWatchTest, SeesAFileGo) {
  fs::remove(spool + "/mark");
  EXPECT_TRUE(until(2));
}

TEST_F(SpoolWatchTest, SeesTheDirectoryMovedAway) {
  fs::rename(spool, dir.path() + "/stolen");
  EXPECT_TRUE(until(2));
}

TEST_F(SpoolWatchTest, SeesAnEmptyDirectoryGoThatIsStillOpen) {
  const platform::UniqueFd open(::open(spool.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_TRUE(open);
  fs::remove(spool + "/mark");
  ASSERT_TRUE(until(2));
  fs::remove(spool);
  EXPECT_TRUE(until(3));
}

}  // namespace
}  // namespace kw::agent

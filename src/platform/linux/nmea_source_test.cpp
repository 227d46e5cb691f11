#include "platform/linux/nmea_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace kw::platform {
namespace {

class NmeaSourceTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string folder = ::testing::TempDir() + "kw-nmea-" + std::to_string(::getpid());
  std::string path = folder + "/receiver";
  NmeaSource source;
  std::string take() {
    const auto got = source.take(path);
    return got ? copy_text(*got) : "error " + got.error().text();
  }
};

TEST_F(NmeaSourceTest, a_file_is_read_anew_its_last_octets) {
  std::ofstream(path) << std::string(10'000, 'x') << "\n$last\n";
  EXPECT_TRUE(take().ends_with("\n$last\n"));
  std::ofstream(path) << "$next\n";
  EXPECT_EQ(take(), "$next\n");
  std::filesystem::remove(path);
  EXPECT_EQ(source.take(path).code(), Errc::not_found);
}
TEST_F(NmeaSourceTest, a_fifo_waits_for_its_writer) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(take(), "");
  const UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(take(), "");
  ASSERT_EQ(::write(writer.get(), "$a\n", 3), 3);
  EXPECT_EQ(take(), "$a\n");
}
TEST_F(NmeaSourceTest, gpsd_is_asked_for_the_receiver_s_sentences) {
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(take(), "");
  UniqueFd daemon(::accept(listener.get(), nullptr, nullptr));
  std::array<char, 128> asked{};
  ASSERT_GT(::read(daemon.get(), asked.data(), asked.size()), 0);
  EXPECT_NE(std::string(asked.data()).find("\"nmea\":true"), std::string::npos);
  ASSERT_EQ(::write(daemon.get(), "$b\n", 3), 3);
  EXPECT_EQ(take(), "$b\n");
  daemon.reset();
  EXPECT_EQ(source.take(path).code(), Errc::closed);
}
TEST_F(NmeaSourceTest, a_folder_is_no_receiver) { EXPECT_EQ(source.take(folder).code(), Errc::invalid); }

}  // namespace
}  // namespace kw::platform

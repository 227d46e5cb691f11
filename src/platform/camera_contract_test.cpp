// What the guard relies on of a camera process, the real one and the recorded one.
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>

#include "device/camera/boundary.h"
#include "kioskward/v1/camera.pb.h"
#include "platform/linux/camera_child.h"
#include "platform/recorded/recorded_camera.h"

namespace kw::platform {
namespace {

namespace v1 = ::kioskward::v1;
using namespace std::chrono_literals;

class CameraContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      starter = std::make_unique<RecordedCameraStarter>(recorded);
      return;
    }
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../bin/kioskward-camera";
    if (!std::filesystem::exists(program)) GTEST_SKIP() << "kioskward-camera is not built";
    starter = std::make_unique<CameraChildStarter>(program.string());
  }
  void send(ByteView octets) {
    ASSERT_EQ(::send(process->socket(), octets.data(), octets.size(), MSG_NOSIGNAL), static_cast<ssize_t>(octets.size()));
  }
  void send(v1::CameraCommand command) { send(ByteView(device::encode_camera(std::move(command)))); }
  static v1::CameraCommand setup() {
    v1::CameraCommand out;
    auto& setup = *out.mutable_setup();
    setup.set_source(v1::TEST_PICTURE);
    setup.set_width(320), setup.set_height(240), setup.set_frames(5), setup.set_kbit(150);
    setup.set_face(true);  // the detector has to work without what the process gave up
    return out;
  }
  /// The next message that has `body`; nothing once the process has ended.
  std::optional<v1::CameraMessage> next(v1::CameraMessage::BodyCase body) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    Bytes octets(device::kMostCameraPacket);
    while (std::chrono::steady_clock::now() < end) {
      if (!GetParam()) recorded.answer();
      pollfd ready{process->socket(), POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const auto n = ::recv(process->socket(), octets.data(), octets.size(), MSG_DONTWAIT);
      if (n <= 0) return std::nullopt;
      auto message = device::parse_camera_message(ByteView(octets).first(static_cast<std::size_t>(n)));
      EXPECT_TRUE(message) << message.error().text();
      if (message && message->body_case() == body) return std::move(*message);
    }
    ADD_FAILURE() << "nothing of that kind was said";
    return std::nullopt;
  }

  RecordedCamera recorded;
  std::unique_ptr<device::HelperStarter> starter;
  std::unique_ptr<device::HelperProcess> process;
};

TEST_P(CameraContract, a_setup_is_answered_by_a_start_and_frames_and_pictures_come_when_they_are_wanted) {
  auto started = starter->start();
  ASSERT_TRUE(started) << started.error().text();
  process = std::move(*started);
  send(setup());
  EXPECT_TRUE(next(v1::CameraMessage::kStarted));
  EXPECT_TRUE(next(v1::CameraMessage::kFrame));
  v1::CameraCommand wanted;
  wanted.mutable_pictures()->set_wanted(true);
  send(wanted);
  const auto picture = next(v1::CameraMessage::kPicture);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->picture().data().substr(0, 2), "\xff\xd8");
}

TEST_P(CameraContract, what_is_no_command_ends_it) {
  auto started = starter->start();
  ASSERT_TRUE(started) << started.error().text();
  process = std::move(*started);
  send(setup());
  ASSERT_TRUE(next(v1::CameraMessage::kStarted));
  send(bytes_of("nonsense"));
  EXPECT_FALSE(next(v1::CameraMessage::kPicture));
}

INSTANTIATE_TEST_SUITE_P(Both, CameraContract, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "real" : "recorded"; });

}  // namespace
}  // namespace kw::platform

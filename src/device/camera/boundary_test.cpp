#include "device/camera/boundary.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

namespace v1 = ::kioskward::v1;

Errc refused(v1::CameraMessage message) {
  const auto parsed = parse_camera_message(encode_camera(std::move(message)));
  return parsed ? Errc::internal : parsed.code();
}

TEST(CameraBoundary, a_frame_comes_through_as_it_was_measured) {
  FrameSeen seen;
  for (std::size_t i = 0; i < seen.view.size(); ++i) seen.view[i] = static_cast<Byte>(i);
  seen.detail.fill(9);
  seen.digest = 0x1122334455667788;
  seen.faces = 0;
  const auto parsed = parse_camera_message(encode_camera(frame_message(seen, {5})));
  ASSERT_TRUE(parsed) << parsed.error().text();
  const auto again = frame_of(parsed->frame());
  EXPECT_EQ(again.view, seen.view);
  EXPECT_EQ(again.detail, seen.detail);
  EXPECT_EQ(again.digest, seen.digest);
  EXPECT_EQ(again.faces, seen.faces) << "none found is not the same as not looked for";
  seen.faces.reset();
  EXPECT_FALSE(frame_of(frame_message(seen, {}).frame()).faces);
}

TEST(CameraBoundary, what_is_out_of_bounds_is_refused) {
  EXPECT_EQ(refused({}), Errc::malformed);
  v1::CameraMessage frame;
  frame.mutable_frame()->set_luma("short");
  EXPECT_EQ(refused(frame), Errc::malformed);
  auto crowd = frame_message({}, {});
  crowd.mutable_frame()->set_faces(kMostFaces + 1);
  EXPECT_EQ(refused(crowd), Errc::malformed);
  v1::CameraMessage video;
  video.mutable_video();
  EXPECT_EQ(refused(video), Errc::malformed);
  video.mutable_video()->set_data(std::string(kMostCameraPart + 1, 'x'));
  EXPECT_EQ(refused(video), Errc::malformed);
  video.mutable_video()->set_data(std::string(kMostCameraPacket, 'x'));
  EXPECT_EQ(refused(video), Errc::too_large);
  v1::CameraMessage picture;
  picture.mutable_picture()->set_total(1U << 31);
  picture.mutable_picture()->set_data("x");
  EXPECT_EQ(refused(picture), Errc::malformed);
  picture.mutable_picture()->set_total(1);
  picture.mutable_picture()->set_data("xx");
  EXPECT_EQ(refused(picture), Errc::malformed);
  v1::CameraMessage trouble;
  trouble.mutable_trouble()->set_code("no source!");
  EXPECT_EQ(refused(trouble), Errc::malformed);
  v1::CameraMessage started;
  started.mutable_started()->set_content_type("text/html");
  EXPECT_EQ(refused(started), Errc::malformed);
  EXPECT_EQ(parse_camera_message(bytes_of("nonsense")).code(), Errc::malformed);
}

TEST(CameraBoundary, a_setup_has_sizes_that_can_be_measured) {
  v1::CameraCommand command;
  auto& setup = *command.mutable_setup();
  setup.set_width(640), setup.set_height(480), setup.set_frames(5), setup.set_kbit(150);
  EXPECT_TRUE(parse_camera_command(encode_camera(command)));
  setup.set_width(100'000);
  EXPECT_EQ(parse_camera_command(encode_camera(command)).code(), Errc::malformed);
  setup.set_width(640), setup.set_frames(0);
  EXPECT_EQ(parse_camera_command(encode_camera(command)).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::device

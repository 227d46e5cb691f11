#pragma once
// parse_camera_message and its siblings are the form of what guard and camera process say to each other.
//
// One packet is one message of camera_boundary.proto. Sizes are bounded before memory is taken, and each body is
// checked once here. An error is final: the camera process is broken, or somebody else. PURE.
#include "base/time.h"
#include "device/camera/measure.h"
#include "kioskward/v1/camera_boundary.pb.h"

namespace kw::device {

inline constexpr std::size_t kMostCameraPacket = 96U << 10;
inline constexpr std::uint32_t kMostFaces = 64;
inline constexpr std::size_t kMostCameraPart = 64U << 10;     // of video, or of a picture
inline constexpr std::size_t kMostCameraPicture = 1U << 20;

Result<::kioskward::v1::CameraMessage> parse_camera_message(ByteView octets);
Result<::kioskward::v1::CameraCommand> parse_camera_command(ByteView octets);
/// encode_camera sets the version.
Bytes encode_camera(::kioskward::v1::CameraMessage message);
Bytes encode_camera(::kioskward::v1::CameraCommand message);

/// frame_of takes the body of a message that was parsed; frame_message is its counterpart.
FrameSeen frame_of(const ::kioskward::v1::CameraFrame& frame);
::kioskward::v1::CameraMessage frame_message(const FrameSeen& seen, Timestamp taken);

}  // namespace kw::device

#include "device/camera/boundary.h"

#include <algorithm>

#include "schema/codec.h"

namespace kw::device {
namespace {

namespace v1 = ::kioskward::v1;
constexpr std::uint32_t kBoundaryVersion = 1;
constexpr std::size_t kMostWord = 64, kMostBoundaryText = 512, kMostPath = 2048;

Result<> check(bool good, const char* what) {
  if (!good) return fail(Errc::malformed, std::string("camera: ") + what);
  return {};
}

}  // namespace

Result<v1::CameraMessage> parse_camera_message(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::CameraMessage>(octets, kMostCameraPacket));
  if (message.version() != kBoundaryVersion) return fail(Errc::unsupported, "version of a camera message");
  switch (message.body_case()) {
    case v1::CameraMessage::BODY_NOT_SET:
      return fail(Errc::malformed, "an empty camera message");
    case v1::CameraMessage::kStarted:
      KW_CHECK(check(message.started().content_type() == "video/webm" ||
                         message.started().content_type() == "video/x-matroska",
                     "content type"));
      KW_CHECK(check(message.started().source().size() <= kMostBoundaryText, "source"));
      break;
    case v1::CameraMessage::kFrame:
      KW_CHECK(check(message.frame().luma().size() == FrameSeen().view.size(), "view"));
      KW_CHECK(check(message.frame().detail().size() == kFields, "detail"));
      KW_CHECK(check(message.frame().faces() <= kMostFaces, "faces"));
      break;
    case v1::CameraMessage::kVideo:
      KW_CHECK(check(v1::CameraVideo::Part_IsValid(message.video().part()), "part"));
      KW_CHECK(check(!message.video().data().empty() && message.video().data().size() <= kMostCameraPart, "video"));
      break;
    case v1::CameraMessage::kPicture:
      KW_CHECK(check(message.picture().total() > 0 && message.picture().total() <= kMostCameraPicture, "picture"));
      KW_CHECK(check(!message.picture().data().empty() && message.picture().data().size() <= kMostCameraPart &&
                         message.picture().data().size() <= message.picture().total(),
                     "part of a picture"));
      break;
    case v1::CameraMessage::kTrouble: {
      const auto& code = message.trouble().code();
      KW_CHECK(check(!code.empty() && code.size() <= kMostWord &&
                         std::ranges::all_of(code, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }),
                     "code"));
      KW_CHECK(check(message.trouble().detail().size() <= kMostBoundaryText, "detail"));
      break;
    }
  }
  return message;
}

Result<v1::CameraCommand> parse_camera_command(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::CameraCommand>(octets, kMostCameraPacket));
  if (message.version() != kBoundaryVersion) return fail(Errc::unsupported, "version of a camera command");
  switch (message.body_case()) {
    case v1::CameraCommand::BODY_NOT_SET:
      return fail(Errc::malformed, "an empty camera command");
    case v1::CameraCommand::kSetup: {
      const auto& setup = message.setup();
      for (const auto* text : {&setup.device(), &setup.url(), &setup.user(), &setup.password()})
        KW_CHECK(check(text->size() <= kMostPath, "setup"));
      KW_CHECK(check(setup.width() >= kLeastWidth && setup.width() <= kMostWidth, "width"));
      KW_CHECK(check(setup.height() >= kLeastHeight && setup.height() <= kMostHeight, "height"));
      KW_CHECK(check(setup.frames() >= 1 && setup.frames() <= 30, "frames"));
      KW_CHECK(check(setup.kbit() >= 1 && setup.kbit() <= 20'000, "kbit"));
      break;
    }
    case v1::CameraCommand::kPictures:
      break;
  }
  return message;
}

Bytes encode_camera(v1::CameraMessage message) {
  message.set_version(kBoundaryVersion);
  return schema::serialise(message);
}
Bytes encode_camera(v1::CameraCommand message) {
  message.set_version(kBoundaryVersion);
  return schema::serialise(message);
}

FrameSeen frame_of(const v1::CameraFrame& frame) {
  FrameSeen out;
  std::ranges::copy(bytes_of(frame.luma()).first(out.view.size()), out.view.begin());
  std::ranges::copy(bytes_of(frame.detail()).first(out.detail.size()), out.detail.begin());
  out.digest = frame.digest();
  if (frame.has_faces()) out.faces = frame.faces();
  return out;
}

v1::CameraMessage frame_message(const FrameSeen& seen, Timestamp taken) {
  v1::CameraMessage out;
  out.mutable_frame()->set_taken_ns(taken.unix_ns);
  out.mutable_frame()->set_luma(copy_text(seen.view));
  out.mutable_frame()->set_detail(copy_text(seen.detail));
  out.mutable_frame()->set_digest(seen.digest);
  if (seen.faces) out.mutable_frame()->set_faces(std::min(*seen.faces, kMostFaces));
  return out;
}

}  // namespace kw::device

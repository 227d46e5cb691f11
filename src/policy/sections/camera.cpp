#include "policy/sections/camera.h"

#include <algorithm>

#include "policy/sections/paths.h"

namespace kw::policy {
namespace {

constexpr std::size_t kMostUrl = 512;
constexpr std::uint32_t kAskedDays = 30;  // clause 5.1-c, 9.3: what is kept at least
constexpr std::uint32_t kFaceWidth = 320;

bool url_ok(std::string_view url) {
  constexpr std::string_view kScheme = "rtsp://";
  if (url.size() > kMostUrl || !url.starts_with(kScheme)) return false;
  const auto rest = url.substr(kScheme.size());
  return !rest.empty() && rest.front() != '/' && std::ranges::all_of(rest, [](char c) { return c > ' ' && c < 0x7f; });
}

void check_source(const v1::CameraPolicy& policy, Findings& findings) {
  const auto source = policy.source();
  if (policy.mode() != v1::OFF && source == v1::CAMERA_SOURCE_UNSPECIFIED)
    findings.add("/source", "choose", "v4l2 or rtsp");
  if ((source == v1::V4L2 || source == v1::TEST_FRAMES) && !absolute_path_ok(policy.device()))
    findings.add("/device", "bad_path", "an absolute path without . and .. is asked");
  if (source == v1::V4L2 && !policy.device().starts_with("/dev/"))
    findings.add("/device", "no_device", "below /dev/ is asked");
  if (source == v1::RTSP && !url_ok(policy.url()))
    findings.add("/url", "bad_url", "rtsp://HOST[:PORT]/PATH of at most 512 octets");
  if (policy.url().find('@') != std::string::npos)
    findings.add("/url", "secret_in_policy", "user and password belong into the file `credentials`");
  if (!policy.credentials().empty() && !absolute_path_ok(policy.credentials()))
    findings.add("/credentials", "bad_path", "an absolute path without . and .. is asked");
  if (source == v1::TEST_PICTURE || source == v1::TEST_FRAMES)
    findings.add("/source", "no_camera", "clause 5.1-c: pictures for tests, no camera", true);
}

void check_camera(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.camera();
  check_source(policy, findings);
  check_number(policy.width(), 160, 1920, "/width", findings);
  check_number(policy.height(), 120, 1080, "/height", findings);
  if (policy.width() % 8 != 0) findings.add("/width", "not_even", "a multiple of 8");
  if (policy.height() % 2 != 0) findings.add("/height", "not_even", "an even number");
  check_number(policy.frames(), 1, 30, "/frames", findings);
  check_number(policy.kbit(), 30, 8000, "/kbit", findings);
  check_number(policy.keep_days(), 1, 3650, "/keep_days", findings);
  check_number(policy.most_mib(), 64, 1U << 24, "/most_mib", findings);
  check_number(policy.before_seconds(), 1, 3600, "/before_seconds", findings);
  check_number(policy.after_seconds(), 1, 3600, "/after_seconds", findings);
  check_number(policy.hold_days(), 1, 3650, "/hold_days", findings);
  check_number(policy.face_after_seconds(), 5, 3600, "/face_after_seconds", findings);
  if (policy.watch_face() && policy.width() != 0 && policy.width() < kFaceWidth)
    findings.add("/watch_face", "too_small", "faces are found in pictures of 320 columns and more", true);
  const std::uint64_t days = policy.keep_days() == 0 ? kAskedDays : policy.keep_days();
  const std::uint64_t kbit = policy.kbit() == 0 ? 150 : policy.kbit();
  const std::uint64_t mib = policy.most_mib() == 0 ? 61440 : policy.most_mib();
  if (policy.mode() == v1::ENFORCE && days < kAskedDays)
    findings.add("/keep_days", "kept_short", "recordings are kept for 30 days at least", true);
  const auto held = (mib << 20) / (kbit * 125 * 86400);
  if (policy.mode() == v1::ENFORCE && held < days)
    findings.add("/most_mib", "keeps_fewer", "room for about " + std::to_string(held) + " days at this rate", true);
}

}  // namespace

Section camera_section() {
  return {"camera",
          "5.1-c",
          check_camera,
          {{"start", {}}, {"stop", {}}, {"snapshot", {}}, {"live", {"seconds"}}, {"clip", {"from", "until"}}}};
}

}  // namespace kw::policy

// Whether who stands before the kiosk can be seen from the front (clause 5.1-c): told and counted, never who it is.
#include "agent/defence/camera.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::uint32_t kFaceAfter = 30;
constexpr std::int64_t kFaceSeenStep = 60;  // seconds: facts travel when they change

}  // namespace

/// Another policy, another beginning: what stands is over.
void CameraDefence::use_face(const v1::CameraPolicy& before) {
  if (before.watch_face() == policy_.watch_face() && before.face_after_seconds() == policy_.face_after_seconds() &&
      before.mode() == policy_.mode())
    return;
  tell_face(face_.blind(host_->now().steady));
  face_ = FaceWatch(policy_.face_after_seconds() == 0 ? kFaceAfter : policy_.face_after_seconds());
}

void CameraDefence::judge_face(const FrameSeen& seen, Duration now) {
  if (!policy_.watch_face()) return;
  const auto ground = watch_.ground();
  if (!ground || !watch_.standing().empty()) return tell_face(face_.blind(now));
  if (seen.faces && *seen.faces > 0) face_seen_ = host_->now().utc;
  tell_face(face_.sight({unlike(*ground, seen.view) >= kNearShare, seen.faces}, now));
}

void CameraDefence::check_face() {
  if (policy_.watch_face() && (!wanted() || !watch_.standing().empty())) tell_face(face_.blind(host_->now().steady));
}

void CameraDefence::tell_face(const std::optional<FaceWatch::Told>& told) {
  if (!told) return;
  if (!told->begins) {
    host_->record(defence_event("camera.fault.ended", "success",
                                {{"what", "face"}, {"how", std::string(told->how)}, {"seconds", seconds_text(told->stood)}}));
    return;
  }
  // In WATCH nothing is recorded, and nothing kept of anybody.
  const bool keeps = records() && ring_open_;
  host_->record(defence_event("camera.face.missing", "observed",
                              {{"seconds", seconds_text(told->stood)},
                               {"count", std::to_string(told->count)},
                               {"picture", keeps ? "kept" : "none"}}));
  if (!keeps) return;
  keep_around(host_->now().utc);
  alarm_picture_ = true;
  want_pictures();
}

void CameraDefence::tell_face_facts() {
  const auto fact = [&](const char* key, const std::string& value) { host_->fact(std::string("camera.") + key, value, "camera"); };
  fact("face_check", policy_.watch_face() ? "on" : "off");
  fact("face", std::string(policy_.watch_face() ? face_.word() : "unknown"));
  if (!policy_.watch_face()) return;
  if (face_seen_ != Timestamp{})
    fact("face_seen", to_rfc3339(Timestamp::from_seconds(face_seen_.unix_seconds() / kFaceSeenStep * kFaceSeenStep)));
  fact("users", std::to_string(face_.users()));
  fact("users_with_face", std::to_string(face_.with_face()));
}

}  // namespace kw::agent

// Policy, the camera process and what it sees; recordings and orders have files of their own.
#include "agent/defence/camera.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "device/camera/boundary.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostCameraState = std::size_t{1} << 20, kMostCredentials = 1024;
constexpr int kPacketsAtOnce = 64, kMostHolds = 4096;
constexpr Duration kHealthy = std::chrono::seconds(10), kViewEvery = std::chrono::minutes(10);
constexpr Duration kLeastGap = std::chrono::milliseconds(100);  // between two frames that are judged

std::string source_word(const v1::CameraPolicy& policy) {
  switch (policy.source()) {
    case v1::V4L2: return policy.device();
    case v1::RTSP: return policy.url();
    case v1::TEST_PICTURE: return "test picture";
    case v1::TEST_FRAMES: return "test frames " + policy.device();
    default: return {};
  }
}
const char* event_of(CameraFault fault) {
  switch (fault) {
    case CameraFault::no_picture: return "camera.no_picture";
    case CameraFault::lost: return "camera.lost";
    case CameraFault::covered: return "camera.covered";
    case CameraFault::frozen: return "camera.frozen";
    case CameraFault::moved: return "camera.moved";
  }
  return "camera.lost";
}

}  // namespace

// ---- policy -----------------------------------------------------------------------------------------------------

Result<> CameraDefence::start(DefenceHost& host) {
  host_ = &host;
  alive_ = std::make_shared<bool>(true);
  load_state();
  return {};
}

void CameraDefence::stop() {
  if (!std::exchange(*alive_, false)) return;
  end_camera();
  close_ring();
  worker_.stop();
  ring_->reset();
}

std::string CameraDefence::directory() const {
  const auto place = host_->state_path("camera");
  return place ? *place : std::string();
}

void CameraDefence::load_state() {
  const auto file = platform::read_private_file(directory() + "/state", kMostCameraState);
  if (!file) {
    if (file.code() != Errc::not_found) host_->log().error("camera.state_unread", {{"error", file.error().text()}});
    return;
  }
  auto state = schema::parse<v1::CameraState>(*file, kMostCameraState);
  if (!state || state->version() != 1) return host_->log().error("camera.state_unread", {{"error", "not a state"}});
  state_ = std::move(*state);
}

void CameraDefence::keep_state() {
  state_changed_ = false;
  state_.set_version(1);
  const auto done = platform::write_file_durably(directory() + "/state", schema::serialise(state_));
  if (!done) host_->log().error("camera.state_not_stored", {{"error", done.error().text()}});
}

Result<> CameraDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto before = setup();
  const bool recorded = records();
  const auto old = policy_;
  policy_ = policy.has_camera() ? policy.camera() : v1::CameraPolicy();
  if (recorded && !records()) {
    end_uses("policy");
    close_ring();
  }
  if (!on()) {
    end_uses("policy");
    end_camera();
    if (begun_) tell(watch_.pause(host_->now().steady));
    begun_ = false;
    use_face(old);
    return {};
  }
  use_face(old);
  const auto now = setup();
  if (!now) {
    end_camera();
    return now.error();
  }
  if (before && before->SerializeAsString() != now->SerializeAsString()) end_camera();
  // Another camera, another view.
  if (const auto word = source_word(policy_); state_.source() != word) {
    state_.set_source(word);
    state_.clear_view();
    keep_state();
    watch_.relearn();
  } else if (!state_.view().empty()) {
    watch_.learn(bytes_of(state_.view()));
  }
  if (records()) {
    open_ring();
    use_limits();
  }
  start_at_ = host_->now().steady;
  run_camera();
  tell_facts();
  return {};
}

Result<v1::CameraCommand> CameraDefence::setup() const {
  v1::CameraCommand out;
  auto& setup = *out.mutable_setup();
  setup.set_source(static_cast<std::uint32_t>(policy_.source()));
  setup.set_device(policy_.device());
  setup.set_url(policy_.url());
  setup.set_width(or_usual(policy_.width(), 640));
  setup.set_height(or_usual(policy_.height(), 480));
  setup.set_frames(or_usual(policy_.frames(), 5));
  setup.set_kbit(or_usual(policy_.kbit(), 150));
  setup.set_face(policy_.watch_face());
  if (policy_.source() != v1::RTSP || policy_.credentials().empty()) return out;
  KW_TRY(const auto file, platform::read_private_file(policy_.credentials(), kMostCredentials));
  const auto text = copy_text(file);
  const auto line = text.find('\n');
  if (line == std::string::npos) return fail(Errc::malformed, policy_.credentials() + ": user and password, a line each");
  setup.set_user(text.substr(0, line));
  setup.set_password(text.substr(line + 1, text.find('\n', line + 1) - line - 1));
  return out;
}

void CameraDefence::tick() {
  ports_.starter->tidy();
  if (!on()) return;
  ++ticks_;
  const auto now = host_->now().steady;
  if (process_ && now - heard_ >= kSilence) lose("silent");
  run_camera();
  if (wanted()) tell(watch_.tick(now));
  check_face();
  if (records() && !ring_open_ && now >= ring_retry_) open_ring();
  if (ring_open_ && ticks_ % 60 == 0)
    later([](CameraRing& ring) -> Result<> {
      ring.check_next();
      return ring.flush();
    });
  else if (ring_open_ && ticks_ % 2 == 0)
    later([](CameraRing& ring) { return ring.flush(); });
  std::erase_if(asked_, [&](const auto& one) { return one.second.second <= now; });
  for (std::size_t i = 0; i < sendings_.size();) {
    const auto one = sendings_[i];
    send(*one);
    const bool over = now >= one->until;
    const bool done = one->complete && one->at >= one->data.size();
    if (!over && !done) {
      if (!one->recordings.empty() && one->at >= one->data.size()) read_more(one);
      ++i;
      continue;
    }
    finish(*one, done || one->live ? "" : "unavailable");
    sendings_.erase(sendings_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  want_pictures();
  show_watched();
  if (now - view_kept_ >= kViewEvery || (view_kept_ == Duration{0} && !watch_.view().empty())) keep_view();
  if (state_changed_) keep_state();
  tell_facts();
}

bool CameraDefence::holds() const {
  if (!records() || state_.stopped()) return true;
  return ring_failure_.empty() && watch_.standing().empty();
}

// ---- the process ------------------------------------------------------------------------------------------------

void CameraDefence::run_camera() {
  if (!wanted() || process_) return;
  const auto now = host_->now().steady;
  if (!begun_) {
    begun_ = true;
    first_told_ = false;
    watch_.begin(now);
  }
  if (now < start_at_) return;
  const auto first = setup();
  auto process = first ? ports_.starter->start() : Result<std::unique_ptr<HelperProcess>>(first.error());
  if (!process) {
    const auto text = process.error().text();
    if (std::exchange(start_failure_, text) != text) host_->log().error("camera.not_started", {{"error", text}});
    tell(watch_.trouble("not_started", now));
    start_at_ = now + wait_;
    wait_ = std::min(2 * wait_, kLongestWait);
    return;
  }
  start_failure_.clear();
  process_ = std::move(*process);
  started_ = heard_ = now;
  picture_.clear();
  pictures_wanted_ = false;
  if (policy_.source() == v1::TEST_PICTURE) watch_.forget();
  command(*first);
  host_->watch(process_->socket(), [this] { hear(); });
  want_pictures();
}

void CameraDefence::end_camera() {
  if (!process_) return;
  host_->unwatch(process_->socket());
  process_.reset();
  stream_header_.clear();
  wait_ = kFirstWait;
}

void CameraDefence::lose(const std::string& why) {
  const auto now = host_->now().steady;
  const bool healthy = watch_.seeing() && now - started_ >= kHealthy;
  const auto wait = healthy ? kFirstWait : wait_;
  end_camera();
  host_->log().warning("camera.process_lost", {{"why", why}});
  start_at_ = now + wait;
  wait_ = std::min(2 * wait, kLongestWait);
  tell(watch_.trouble(why, now));
  if (ring_open_) later([](CameraRing& ring) { return ring.end(); });
}

void CameraDefence::command(v1::CameraCommand command) {
  const auto octets = encode_camera(std::move(command));
  // A process that does not read its few commands is found by its silence.
  if (::send(process_->socket(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    host_->log().warning("camera.command_lost", {{"error", platform::fail_os("camera").value().text()}});
}

void CameraDefence::hear() {
  std::array<Byte, kMostCameraPacket + 1> packet;  // filled by each packet; pages that none reaches are never taken
  for (int i = 0; i < kPacketsAtOnce && process_; ++i) {
    const auto n = ::recv(process_->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (n <= 0) return lose("ended");
    const auto message = parse_camera_message(ByteView(packet).first(static_cast<std::size_t>(n)));
    if (!message) {
      host_->log().error("camera.message_refused", {{"error", message.error().text()}});
      return lose("confused");
    }
    heard_ = host_->now().steady;
    if (!take(*message)) return;
  }
}

/// False: the process is given up.
bool CameraDefence::take(const v1::CameraMessage& message) {
  const auto now = host_->now().steady;
  switch (message.body_case()) {
    case v1::CameraMessage::kStarted:
      content_type_ = message.started().content_type();
      return true;
    case v1::CameraMessage::kFrame: {
      if (now - judged_ < kLeastGap) return true;
      judged_ = now;
      const auto seen = frame_of(message.frame());
      tell(watch_.frame(seen, now));
      judge_face(seen, now);
      if (const auto took = watch_.first_frame(); took && !std::exchange(first_told_, true))
        host_->record(defence_event("camera.started", "success",
                                    {{"source", clean_text(source_word(policy_), 256)}, {"seconds", seconds_text(*took)}}));
      return true;
    }
    case v1::CameraMessage::kVideo:
      record_video(message.video());
      return true;
    case v1::CameraMessage::kPicture:
      take_picture(message.picture());
      return true;
    case v1::CameraMessage::kTrouble:
      host_->log().warning("camera.trouble",
                           {{"code", message.trouble().code()}, {"detail", clean_text(message.trouble().detail(), 400)}});
      lose(message.trouble().code());
      return false;
    case v1::CameraMessage::BODY_NOT_SET:
      return true;
  }
  return true;
}

// ---- what it sees -----------------------------------------------------------------------------------------------

void CameraDefence::tell(const CameraWatch::Told& told) {
  for (const auto& one : told) {
    if (one.begins) {
      host_->record(defence_event(event_of(one.fault), "observed", {{"how", one.how}}));
      continue;
    }
    host_->record(defence_event("camera.fault.ended", "success",
                                {{"what", std::string(name(one.fault))}, {"how", one.how}, {"seconds", seconds_text(one.stood)}}));
  }
  if (!told.empty()) tell_facts();
}

void CameraDefence::keep_view() {
  view_kept_ = host_->now().steady;
  const auto view = watch_.view();
  if (view.empty() || !watch_.standing().empty() || state_.view() == text_of(view)) return;
  state_.set_view(copy_text(view));
  state_changed_ = true;
}

void CameraDefence::told(const v1::Event& event) {
  // Its own alarms as well: what was seen just before the lens was covered.
  if (!records() || !ring_open_) return;
  keep_around(event.time_ns() != 0 ? Timestamp{event.time_ns()} : host_->now().utc);
}

void CameraDefence::keep_around(Timestamp at) {
  const auto from = at - std::chrono::seconds(or_usual(policy_.before_seconds(), 30));
  const auto until = at + std::chrono::seconds(or_usual(policy_.after_seconds(), 60));
  auto& holds = *state_.mutable_holds();
  if (!holds.empty() && from.unix_ns <= holds[holds.size() - 1].until_ns()) {
    auto& last = holds[holds.size() - 1];
    last.set_until_ns(std::max(last.until_ns(), until.unix_ns));
    last.set_from_ns(std::min(last.from_ns(), from.unix_ns));
  } else {
    if (holds.size() >= kMostHolds) holds.DeleteSubrange(0, 1);
    auto& one = *state_.add_holds();
    one.set_from_ns(from.unix_ns);
    one.set_until_ns(until.unix_ns);
    alarm_picture_ = true;
  }
  state_changed_ = true;
  use_limits();
}

void CameraDefence::tell_facts() {
  const auto fact = [&](const char* key, const std::string& value, const char* source) {
    host_->fact(std::string("camera.") + key, clean_text(value, 400), source);
  };
  std::string faults;
  for (const auto& one : watch_.standing()) faults += (faults.empty() ? "" : ", ") + one;
  fact("state",
       state_.stopped() ? "stopped" : !faults.empty() ? faults : watch_.seeing() ? "working" : "waiting", "camera");
  fact("source", source_word(policy_), "policy");
  if (const auto took = watch_.first_frame()) fact("first_picture_seconds", seconds_text(*took), "camera");
  fact("recording", !records() ? "no" : !ring_failure_.empty() ? ring_failure_ : ring_open_ ? "yes" : "waiting", "ring");
  fact("uses", std::to_string(uses_), "orders");
  tell_face_facts();
  if (!ring_open_) return;
  fact("recordings", std::to_string(totals_.recordings), "ring");
  fact("recorded_mib", std::to_string(totals_.octets >> 20), "ring");
  if (totals_.recordings > 0) fact("oldest", to_rfc3339(Timestamp::from_seconds(totals_.oldest.unix_seconds())), "ring");
  judge_room();
}

}  // namespace kw::agent

#pragma once
// CameraDefence keeps the camera at work, judges what it sees, records it, and shows it to nobody without an order
// (clause 5.1-c).
//
//   camera process ─┬─ frames ──> CameraWatch, FaceWatch ──> events, facts
//                   ├─ video ───> CameraRing (ENFORCE only) ──> roots, told each hour and around alarms
//                   └─ pictures, while somebody may have them: the ring at an alarm, an order
//   orders: start, stop, snapshot, live, clip ──> pieces to the platform; each use told, and shown on the screen
//
// In WATCH it is judged and told; nothing is recorded and nothing leaves the kiosk, whoever asks.
#include <atomic>
#include <deque>
#include <map>
#include <memory>

#include "agent/camera/ring.h"
#include "agent/defence/worker.h"
#include "device/camera/face.h"
#include "device/helper.h"
#include "device/camera/watch.h"
#include "device/defence.h"
#include "kioskward/v1/camera.pb.h"
#include "kioskward/v1/camera_boundary.pb.h"

namespace kw::agent {

/// or_usual: what policy says, or the usual where it says nothing.
[[nodiscard]] inline std::uint32_t or_usual(std::uint32_t value, std::uint32_t usual) { return value == 0 ? usual : value; }

/// seconds_text is a span as events tell it.
[[nodiscard]] inline std::string seconds_text(Duration span) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(span).count());
}

class CameraDefence final : public device::Defence {
 public:
  struct Ports {
    std::shared_ptr<void> base;  // what the others stand on
    std::unique_ptr<device::HelperStarter> starter;
    /// secret opens the key of the recordings in a directory, or makes it.
    std::function<Result<SecretBytes>(const std::string& directory)> secret;
    const Clock* clock = nullptr;  // of the recordings
    Random* random = nullptr;
  };
  static constexpr Duration kSilence = std::chrono::seconds(15);  // a process that says nothing is replaced
  static constexpr Duration kFirstWait = std::chrono::milliseconds(500), kLongestWait = std::chrono::seconds(30);
  static constexpr Duration kAnchor = std::chrono::hours(1);      // between two roots that are told
  static constexpr Duration kAsked = std::chrono::minutes(10);    // so long a first person's order waits for a second
  static constexpr unsigned kMostLive = 300, kMostClip = 600;     // seconds

  explicit CameraDefence(Ports ports) : ports_(std::move(ports)) {}
  ~CameraDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "camera"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  void told(const device::v1::Event& event) override;
  Result<> order(const device::v1::Order& order) override;
  [[nodiscard]] bool holds() const override;
  void stop() override;

 private:
  /// What an order asked for, on its way to the platform piece by piece.
  struct Sending {
    std::string order, action, person, content_type;
    Timestamp taken;
    std::uint64_t next = 0;               // sequence
    Bytes data;                           // waits
    std::size_t at = 0;                   // of data
    bool complete = false;                // data is the end of it
    bool live = false;
    Duration until{0};                    // given up, or over
    std::uint64_t octets = 0;
    // a clip
    std::vector<std::uint64_t> recordings;
    std::size_t read = 0;
    bool reading = false;
    Bytes stream_header;
  };

  [[nodiscard]] bool on() const { return policy_.mode() == device::v1::WATCH || policy_.mode() == device::v1::ENFORCE; }
  [[nodiscard]] bool records() const { return policy_.mode() == device::v1::ENFORCE; }
  [[nodiscard]] bool wanted() const { return on() && !state_.stopped(); }

  // the process
  void run_camera();
  void end_camera();
  void lose(const std::string& why);
  void hear();
  [[nodiscard]] bool take(const device::v1::CameraMessage& message);
  void take_picture(const device::v1::CameraPicture& part);
  Result<device::v1::CameraCommand> setup() const;
  void command(device::v1::CameraCommand command);
  void want_pictures();

  // what it sees
  void tell(const device::CameraWatch::Told& told);
  void keep_view();
  void tell_facts();
  /// keep_around holds what is recorded around a time, and a picture of now.
  void keep_around(Timestamp at);

  // faces
  void use_face(const device::v1::CameraPolicy& before);
  void judge_face(const device::FrameSeen& seen, Duration now);
  void check_face();
  void tell_face(const std::optional<device::FaceWatch::Told>& told);
  void tell_face_facts();

  // the recordings
  /// later runs `work` on the worker's thread; what it did is heard on the host's.
  void later(std::function<Result<>(CameraRing& ring)> work);
  void open_ring();
  void close_ring();
  void use_limits();
  void record_video(const device::v1::CameraVideo& video);
  void hear_ring(Result<> done, std::vector<CameraRing::Sealed> sealed, std::vector<CameraRing::Damaged> damaged,
                 CameraRing::Totals totals);
  void anchor(const CameraRing::Sealed& sealed);
  void ring_failed(const Error& why);
  void judge_room();

  // orders
  Result<> ask(const device::v1::Order& order);
  Result<> snapshot(const device::v1::Order& order);
  Result<> live(const device::v1::Order& order);
  Result<> clip(const device::v1::Order& order);
  void used(const device::v1::Order& order, const std::string& detail);
  void send(Sending& sending);
  void read_more(const std::shared_ptr<Sending>& sending);
  void finish(const Sending& sending, const std::string& reason);
  void end_uses(const std::string& reason);
  void show_watched();

  void load_state();
  void keep_state();
  [[nodiscard]] std::string directory() const;

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  device::v1::CameraPolicy policy_;
  device::v1::CameraState state_;
  bool state_changed_ = false;

  std::unique_ptr<device::HelperProcess> process_;
  Duration started_{0}, heard_{0}, start_at_{0}, wait_{kFirstWait}, judged_{0};
  bool begun_ = false;  // CameraWatch expects a picture
  bool first_told_ = false;
  std::string content_type_ = "video/webm", start_failure_;
  device::CameraWatch watch_;
  device::FaceWatch face_;
  Timestamp face_seen_;
  Duration view_kept_{0};
  Bytes picture_;  // in pieces so far
  bool pictures_wanted_ = false;

  std::shared_ptr<std::unique_ptr<CameraRing>> ring_ = std::make_shared<std::unique_ptr<CameraRing>>();  // the worker's
  bool ring_open_ = false, ring_opening_ = false, ring_short_told_ = false, video_lost_ = false;
  std::string ring_failure_;
  Duration ring_retry_{0}, anchored_{0};
  std::optional<CameraRing::Sealed> unanchored_;
  std::uint64_t unanchored_count_ = 0;
  CameraRing::Totals totals_;
  std::shared_ptr<std::atomic<std::size_t>> pending_ = std::make_shared<std::atomic<std::size_t>>(0);
  Bytes stream_header_;
  bool alarm_picture_ = false;

  std::vector<std::shared_ptr<Sending>> sendings_;
  std::map<std::string, std::pair<std::string, Duration>> asked_;  // what -> first person, until
  Timestamp watched_until_;
  std::uint64_t uses_ = 0, ticks_ = 0;

  Worker worker_;  // last: its thread ends before what it uses
};

/// camera_ports makes the section's adapters on this machine.
[[nodiscard]] CameraDefence::Ports camera_ports();

}  // namespace kw::agent

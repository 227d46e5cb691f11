// links: camera agent
// What the camera costs: the camera process's work over a test picture, the guard's judging, a recording's sealing.
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <string_view>

#include "agent/camera/recording.h"
#include "camera/face_finder.h"
#include "camera/pipeline.h"
#include "crypto/random.h"
#include "device/camera/face.h"
#include "device/camera/watch.h"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return of(used.ru_utime) + of(used.ru_stime);
}

struct Counted final : kw::camera::CameraOutput {
  void frame(const kw::device::FrameSeen&) override { ++frames; }
  void video(kw::camera::v1::CameraVideo::Part, kw::ByteView data) override { octets += data.size(); }
  void picture(kw::ByteView) override {}
  std::atomic<std::size_t> frames = 0, octets = 0;
};

bool process(unsigned width, unsigned height, unsigned frames, unsigned kbit, bool pictures, std::chrono::seconds time) {
  kw::camera::v1::CameraSetup setup;
  setup.set_source(kw::camera::v1::TEST_PICTURE);
  setup.set_width(width), setup.set_height(height), setup.set_frames(frames), setup.set_kbit(kbit);
  Counted counted;
  const auto camera = kw::camera::CameraPipeline::open(setup, counted);
  if (!camera) return std::fprintf(stderr, "%s\n", camera.error().text().c_str()), false;
  (*camera)->pictures(pictures);
  const auto before = cpu_seconds();
  const auto since = Clock::now();
  while (Clock::now() - since < time)
    if (const auto good = (*camera)->wait(100ms); !good) return std::fprintf(stderr, "%s\n", good.error().text().c_str()), false;
  const double took = std::chrono::duration<double>(Clock::now() - since).count();
  std::printf("%ux%u, %u/s%s: %.1f %% of a core, %.0f kbit/s, %.1f judged/s\n", width, height, frames,
              pictures ? ", live" : "", 100 * (cpu_seconds() - before) / took,
              static_cast<double>(counted.octets) * 8 / 1000 / took, static_cast<double>(counted.frames) / took);
  return counted.frames > 0 && counted.octets > 0;
}

/// Nanoseconds for one call.
template <class Work>
double each(int times, Work work) {
  const auto since = Clock::now();
  for (int i = 0; i < times; ++i) work(i);
  return std::chrono::duration<double, std::nano>(Clock::now() - since).count() / times;
}

/// What a look for faces costs; it is looked at most once a second, and only where something moved.
bool faces(bool smoke) {
  const auto since = Clock::now();
  const auto finder = kw::camera::FaceFinder::make();
  if (!finder) return std::fprintf(stderr, "%s\n", finder.error().text().c_str()), false;
  std::printf("detector of faces: ready in %.0f ms", std::chrono::duration<double, std::milli>(Clock::now() - since).count());
  for (const auto& [width, height] : {std::pair(320, 240), std::pair(640, 480), std::pair(1280, 720)}) {
    kw::Bytes picture(static_cast<std::size_t>(width * height));
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<kw::Byte>(i * 7 + i / 640 * 13);
    const double look = each(smoke ? 2 : 50, [&](int) { (void)(*finder)->count(picture, width, height, width); });
    std::printf("; a look at %dx%d: %.1f ms", width, height, look / 1e6);
  }
  kw::device::CameraView before{}, now{};
  now.fill(60);
  const double compare = each(smoke ? 50 : 2000, [&](int i) {
    now[static_cast<std::size_t>(i)] = 1;
    (void)kw::device::unlike(before, now);
  });
  std::printf("; comparing two views: %.1f us\n", compare / 1000);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::string_view(argv[1]) == "--smoke";
  const auto time = smoke ? 2s : 20s;
  if (!process(640, 480, 5, 150, false, time)) return 1;
  if (!smoke && (!process(640, 480, 5, 150, true, time) || !process(1280, 720, 10, 600, false, time))) return 1;

  if (!faces(smoke)) return 1;

  const int times = smoke ? 50 : 2000;
  kw::Bytes picture(640 * 480);
  const double measure = each(times, [&](int i) {
    picture[static_cast<std::size_t>(i)] = static_cast<kw::Byte>(i);
    (void)kw::device::measure_frame(picture, 640, 480, 640);
  });
  kw::device::CameraWatch watch;
  watch.begin({});
  const double judge = each(times, [&](int i) {
    kw::device::FrameSeen seen;
    for (std::size_t c = 0; c < seen.view.size(); ++c) seen.view[c] = static_cast<kw::Byte>(80 + (c * 7 + c / 64 * 13) % 60);
    seen.detail.fill(60);
    seen.digest = static_cast<std::uint64_t>(i);
    (void)watch.frame(seen, i * 250ms);
  });
  kw::crypto::SystemRandom random;
  const kw::SecretBytes secret(kw::Bytes(32, 1));
  const auto key = kw::agent::RecordingKey::derive(secret, {});
  const kw::Bytes video(kw::agent::kMostRecorded);
  const double seal = each(smoke ? 20 : 400, [&](int i) {
    if (key) (void)key->seal(kw::agent::Recorded::video, static_cast<std::uint32_t>(i), {}, video, random);
  });
  std::printf("measuring a picture of 640x480: %.0f us; judging it: %.1f us; sealing 64 KiB: %.0f us\n", measure / 1000,
              judge / 1000, seal / 1000);
  return 0;
}

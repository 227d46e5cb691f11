// The real pipeline over GStreamer's test picture and over frames from a file.
#include "camera/pipeline.h"

#include <gst/gst.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <random>

namespace kw::camera {
namespace {

using namespace std::chrono_literals;

struct Heard final : CameraOutput {
  void frame(const device::FrameSeen& seen) override {
    const std::lock_guard lock(mutex);
    frames.push_back(seen);
  }
  void video(v1::CameraVideo::Part part, ByteView octets) override {
    const std::lock_guard lock(mutex);
    if (part == v1::CameraVideo::HEADER) ++headers;
    if (part == v1::CameraVideo::CLUSTER) ++clusters;
    append(film, octets);
  }
  void picture(ByteView jpeg) override {
    const std::lock_guard lock(mutex);
    pictures.push_back(copy(jpeg));
  }
  std::mutex mutex;
  std::vector<device::FrameSeen> frames;
  int headers = 0, clusters = 0;
  Bytes film;
  std::vector<Bytes> pictures;
};

v1::CameraSetup setup(v1::CameraSource source, const std::string& device = {}) {
  v1::CameraSetup out;
  out.set_source(source);
  out.set_device(device);
  out.set_url(device);
  out.set_width(320), out.set_height(240), out.set_frames(5), out.set_kbit(150);
  return out;
}
/// Waits for `good` while the pipeline works.
template <class Good>
bool until(CameraPipeline& camera, Heard& heard, Good good) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < end) {
    {
      const std::lock_guard lock(heard.mutex);
      if (good()) return true;
    }
    if (!camera.wait(20ms)) return false;
  }
  return false;
}

/// How many pictures GStreamer's own demultiplexer and decoder find in a film.
int pictures_in(const std::string& file) {
  auto* pipeline = gst_parse_launch("filesrc name=in ! matroskademux ! vp8dec ! fakesink name=out signal-handoffs=true sync=false", nullptr);
  auto* in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
  auto* out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  int count = 0;
  g_object_set(in, "location", file.c_str(), nullptr);
  g_signal_connect(out, "handoff", G_CALLBACK(+[](GstElement*, GstBuffer*, GstPad*, int* n) { ++*n; }), &count);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  auto* bus = gst_element_get_bus(pipeline);
  auto* end = gst_bus_timed_pop_filtered(bus, 10 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (end != nullptr) gst_message_unref(end);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (auto* object : {GST_OBJECT(bus), GST_OBJECT(in), GST_OBJECT(out), GST_OBJECT(pipeline)}) gst_object_unref(object);
  return count;
}
std::string file_of(const char* name) { return ::testing::TempDir() + "/kw-camera-" + std::to_string(::getpid()) + "-" + name; }

TEST(CameraPipeline, the_test_picture_is_measured_recorded_and_shown) {
  Heard heard;
  {
    const auto camera = CameraPipeline::open(setup(v1::TEST_PICTURE), heard);
    ASSERT_TRUE(camera) << camera.error().text();
    EXPECT_EQ((*camera)->content_type(), "video/webm");
    ASSERT_TRUE(until(**camera, heard, [&] { return heard.frames.size() >= 8 && heard.clusters >= 2; }));
    EXPECT_TRUE(heard.pictures.empty()) << "nobody asked for pictures";
    (*camera)->pictures(true);
    ASSERT_TRUE(until(**camera, heard, [&] { return heard.pictures.size() >= 2; }));
    (*camera)->pictures(false);
  }
  EXPECT_EQ(heard.headers, 1);
  EXPECT_NE(heard.frames[0].digest, heard.frames[1].digest);
  EXPECT_EQ(to_hex(ByteView(heard.pictures[0]).first(3)), "ffd8ff");
  EXPECT_EQ(to_hex(ByteView(heard.film).first(4)), "1a45dfa3");
  const auto file = file_of("film");
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(heard.film.data()), static_cast<std::streamsize>(heard.film.size()));
  EXPECT_GE(pictures_in(file), 8);
  ::unlink(file.c_str());
}

TEST(CameraPipeline, frames_of_a_file_end_with_it) {
  const auto file = file_of("frames");
  {
    std::ofstream out(file, std::ios::binary);
    std::mt19937 grain(3);
    for (int i = 0; i < 20 * 320 * 240 * 3 / 2; ++i) out.put(static_cast<char>(grain()));
  }
  Heard heard;
  const auto camera = CameraPipeline::open(setup(v1::TEST_FRAMES, file), heard);
  ASSERT_TRUE(camera) << camera.error().text();
  Result<> ended;
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (ended && std::chrono::steady_clock::now() < end) ended = (*camera)->wait(50ms);
  ASSERT_FALSE(ended);
  EXPECT_EQ(trouble_word(ended.code()), "source_lost");
  ::unlink(file.c_str());
}

TEST(CameraPipeline, a_source_that_is_not_there_is_named_so) {
  Heard heard;
  const auto camera = CameraPipeline::open(setup(v1::V4L2, "/dev/no-camera"), heard);
  ASSERT_FALSE(camera);
  EXPECT_EQ(trouble_word(camera.code()), "no_source");
  EXPECT_EQ(CameraPipeline::open(setup(v1::CAMERA_SOURCE_UNSPECIFIED), heard).code(), Errc::invalid);
}

TEST(CameraPipeline, a_network_camera_that_is_silent_is_told_by_wait) {
  Heard heard;
  const auto camera = CameraPipeline::open(setup(v1::RTSP, "rtsp://127.0.0.1:9/none"), heard);
  auto ended = camera ? Result<>() : Result<>(camera.error());
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (ended && std::chrono::steady_clock::now() < end) ended = (*camera)->wait(50ms);
  ASSERT_FALSE(ended);
  EXPECT_EQ(trouble_word(ended.code()), "no_source");
}

}  // namespace
}  // namespace kw::camera

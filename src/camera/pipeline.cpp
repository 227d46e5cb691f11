#include "camera/pipeline.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "camera/face_finder.h"
#include "device/camera/face.h"

namespace kw::camera {
namespace {

constexpr unsigned kJudgedPerSecond = 4;
constexpr std::size_t kMostPart = 64U << 10;
constexpr const char* kPlugins[] = {
    "coreelements", "app",  "videoconvertscale", "videotestsrc", "vpx", "matroska",
    "jpeg",         "playback", "typefindfunctions", "rawparse",
    // V4L2; RTSP with what such cameras send
    "video4linux2", "rtsp", "rtp", "rtpmanager", "udp", "tcp", "sdpelem",
};
// Not Debian's main choice of this program, but what an operator may have added for cameras that send H.264 or H.265.
constexpr const char* kMorePlugins[] = {"libav", "videoparsersbad"};

struct Unref {
  void operator()(GstElement* e) const { gst_object_unref(e); }
  void operator()(GstBus* b) const { gst_object_unref(b); }
  void operator()(GstSample* s) const { gst_sample_unref(s); }
  void operator()(GstMessage* m) const { gst_message_unref(m); }
  void operator()(GError* e) const { g_error_free(e); }
};
template <class T>
using Held = std::unique_ptr<T, Unref>;

Result<> load_plugins() {
  static const Error* failed = []() -> const Error* {
    // Nothing but the named files is looked at: no scan, no registry on disk, no scanner process.
    ::setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", 1);
    ::setenv("GST_PLUGIN_PATH_1_0", "", 1);
    ::setenv("GST_REGISTRY_DISABLE", "yes", 1);
    gst_registry_fork_set_enabled(FALSE);
    GError* raw = nullptr;
    if (gst_init_check(nullptr, nullptr, &raw) == 0) {
      const Held<GError> error(raw);
      return new Error(Errc::unsupported, error ? error->message : "GStreamer");
    }
    // What is missing matters only where it is asked for: the pipeline then names the element.
    const auto load = [](const std::string& name) {
      auto* plugin = gst_plugin_load_file((std::string(KW_GSTREAMER_PLUGINS) + "/libgst" + name + ".so").c_str(), nullptr);
      if (plugin != nullptr) gst_object_unref(plugin);
    };
    for (const auto* name : kPlugins) load(name);
    for (const auto* name : kMorePlugins) load(name);
    return nullptr;
  }();
  if (failed != nullptr) return *failed;
  return {};
}

bool has_element(const char* name) {
  auto* factory = gst_element_factory_find(name);
  if (factory != nullptr) gst_object_unref(factory);
  return factory != nullptr;
}

std::string source_text(const v1::CameraSetup& setup) {
  const auto w = std::to_string(setup.width()), h = std::to_string(setup.height()), f = std::to_string(setup.frames());
  switch (static_cast<v1::CameraSource>(setup.source())) {
    case v1::V4L2: {
      const auto size = ",width=[1," + w + "],height=[1," + h + "]";
      return "v4l2src name=source ! video/x-raw" + size + ";image/jpeg" + size + " ! decodebin";
    }
    case v1::RTSP:
      return "rtspsrc name=source latency=200 protocols=tcp tcp-timeout=8000000 ! decodebin";
    case v1::TEST_PICTURE:
      // Its snow differs from picture to picture, as a sensor's do.
      return "videotestsrc is-live=true pattern=smpte ! video/x-raw,width=" + w + ",height=" + h + ",framerate=" + f + "/1";
    case v1::TEST_FRAMES: {
      const auto octets = setup.width() * setup.height() * 3 / 2;
      return "filesrc name=source do-timestamp=true blocksize=" + std::to_string(octets) +
             " ! rawvideoparse format=i420 width=" + w + " height=" + h + " framerate=" + f + "/1";
    }
    default:
      return {};
  }
}

std::string pipeline_text(const v1::CameraSetup& setup, bool vp8) {
  const auto queue = " ! queue leaky=downstream max-size-buffers=4 max-size-bytes=0 max-size-time=0 ! ";
  const auto sink = [](const char* name) { return std::string("appsink sync=false async=false max-buffers=8 name=") + name; };
  const auto encoder = vp8 ? "vp8enc deadline=1 cpu-used=8 threads=1 error-resilient=default keyframe-max-dist=" +
                                 std::to_string(setup.frames() * 2) + " target-bitrate=" +
                                 std::to_string(setup.kbit() * 1000) + " ! webmmux"
                           : std::string("jpegenc quality=60 ! matroskamux");
  // Pictures are thinned out first: converting what is dropped anyway costs the most.
  return source_text(setup) + " ! identity name=pace ! videoconvert ! videoscale ! video/x-raw,format=I420,width=" + std::to_string(setup.width()) +
         ",height=" + std::to_string(setup.height()) + ",pixel-aspect-ratio=1/1 ! tee name=t" +
         " t." + queue + "identity name=judged_pace ! " + sink("judged") +
         " t." + queue + encoder + " streamable=true min-cluster-duration=1000000000 ! " + sink("video") +
         " t. ! valve name=gate drop=true drop-mode=forward-sticky-events" + queue + "identity name=pictures_pace ! jpegenc quality=80 ! " + sink("pictures");
}

/// Pace drops what comes too soon. videorate asks for durations, which network cameras do not give.
class Pace {
 public:
  explicit Pace(unsigned per_second) : gap_(std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second) {}
  void put_on(GstBin* bin, const char* name) {
    const Held<GstElement> element(gst_bin_get_by_name(bin, name));
    GstPad* pad = gst_element_get_static_pad(element.get(), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER,
                      [](GstPad*, GstPadProbeInfo*, void* self) {
                        return static_cast<Pace*>(self)->take() ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
                      },
                      this, nullptr);
    gst_object_unref(pad);
  }

 private:
  bool take() {
    const auto now = std::chrono::steady_clock::now();
    if (now + gap_ / 8 < due_) return false;  // clocks of two machines are never quite the same
    due_ = std::max(due_ + gap_, now);
    return true;
  }
  std::chrono::nanoseconds gap_;
  std::chrono::steady_clock::time_point due_;
};

class Pipeline final : public CameraPipeline {
 public:
  Pipeline(Held<GstElement> pipeline, std::string content_type, unsigned frames, std::unique_ptr<FaceFinder> faces,
           CameraOutput& output)
      : pace_(frames), pipeline_(std::move(pipeline)), content_type_(std::move(content_type)), faces_(std::move(faces)), output_(output) {
    auto* bin = GST_BIN(pipeline_.get());
    pace_.put_on(bin, "pace");
    judged_.put_on(bin, "judged_pace");
    shown_.put_on(bin, "pictures_pace");
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    gate_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "gate"));
    connect("judged", [](GstAppSink* sink, void* self) { return static_cast<Pipeline*>(self)->judge(sink); });
    connect("video", [](GstAppSink* sink, void* self) { return static_cast<Pipeline*>(self)->record(sink); });
    connect("pictures", [](GstAppSink* sink, void* self) { return static_cast<Pipeline*>(self)->show(sink); });
  }
  ~Pipeline() override { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  Result<> play() {
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return {};
    const auto why = wait(std::chrono::milliseconds(100));
    if (!why) return why;
    return fail(Errc::not_found, "the source does not start");
  }

  Result<> wait(Duration most) override {
    constexpr auto kWanted = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    const Held<GstMessage> message(
        gst_bus_timed_pop_filtered(bus_.get(), static_cast<GstClockTime>(most.count()), kWanted));
    if (!message) {
      const std::lock_guard lock(failed_mutex_);
      return failed_;
    }
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return fail(Errc::closed, "the source has ended");
    GError* raw = nullptr;
    gst_message_parse_error(message.get(), &raw, nullptr);
    const Held<GError> error(raw);
    return fail(code_of(*error), error->message);
  }

  void pictures(bool wanted) override { g_object_set(gate_.get(), "drop", wanted ? FALSE : TRUE, nullptr); }
  [[nodiscard]] std::string content_type() const override { return content_type_; }

 private:
  using Call = GstFlowReturn (*)(GstAppSink*, void*);
  void connect(const char* name, Call call) {
    const Held<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
    GstAppSinkCallbacks calls{};
    calls.new_sample = call;
    gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &calls, this, nullptr);
  }

  static Errc code_of(const GError& error) {
    if (error.domain == GST_RESOURCE_ERROR) {
      const bool absent = error.code == GST_RESOURCE_ERROR_NOT_FOUND || error.code == GST_RESOURCE_ERROR_OPEN_READ ||
                          error.code == GST_RESOURCE_ERROR_OPEN_READ_WRITE || error.code == GST_RESOURCE_ERROR_BUSY ||
                          error.code == GST_RESOURCE_ERROR_NOT_AUTHORIZED;
      return absent ? Errc::not_found : Errc::closed;
    }
    return error.domain == GST_STREAM_ERROR ? Errc::malformed : Errc::io;
  }

  GstFlowReturn judge(GstAppSink* sink) {
    const Held<GstSample> sample(gst_app_sink_pull_sample(sink));
    if (!sample) return GST_FLOW_EOS;
    GstVideoInfo info;
    GstVideoFrame frame;
    if (gst_video_info_from_caps(&info, gst_sample_get_caps(sample.get())) == 0 ||
        gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample.get()), GST_MAP_READ) == 0)
      return GST_FLOW_ERROR;
    const int width = GST_VIDEO_FRAME_WIDTH(&frame), height = GST_VIDEO_FRAME_HEIGHT(&frame);
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
    const auto* luma = static_cast<const Byte*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
    const auto octets = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height - 1) +
                        static_cast<std::size_t>(width);
    auto seen = device::measure_frame({luma, octets}, width, height, stride);
    if (seen && faces_) count_faces(*seen, {luma, octets}, width, height, stride);
    gst_video_frame_unmap(&frame);
    if (seen) output_.frame(*seen);
    return GST_FLOW_OK;
  }

  void count_faces(device::FrameSeen& seen, ByteView luma, int width, int height, int stride) {
    if (!look_.due(seen.view, std::chrono::steady_clock::now().time_since_epoch())) return;
    const auto found = faces_->count(luma, width, height, stride);
    if (found) {
      seen.faces = *found;
      return;
    }
    const std::lock_guard lock(failed_mutex_);
    failed_ = found.error();
  }

  GstFlowReturn record(GstAppSink* sink) {
    return with_octets(sink, [this](GstBuffer* buffer, ByteView octets) {
      // Headers and what begins a cluster depend on nothing before them; the muxer marks both.
      auto part = v1::CameraVideo::MORE;
      if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_HEADER)) {
        append(header_, octets);
        return;
      }
      if (!header_.empty()) {
        output_.video(v1::CameraVideo::HEADER, header_);
        header_.clear();
      }
      if (!GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)) part = v1::CameraVideo::CLUSTER;
      for (; !octets.empty(); octets = octets.subspan(std::min(octets.size(), kMostPart))) {
        output_.video(part, octets.first(std::min(octets.size(), kMostPart)));
        part = v1::CameraVideo::MORE;
      }
    });
  }

  GstFlowReturn show(GstAppSink* sink) {
    return with_octets(sink, [this](GstBuffer*, ByteView octets) { output_.picture(octets); });
  }

  template <class Use>
  GstFlowReturn with_octets(GstAppSink* sink, Use use) {
    const Held<GstSample> sample(gst_app_sink_pull_sample(sink));
    if (!sample) return GST_FLOW_EOS;
    auto* buffer = gst_sample_get_buffer(sample.get());
    GstMapInfo map;
    if (buffer == nullptr || gst_buffer_map(buffer, &map, GST_MAP_READ) == 0) return GST_FLOW_ERROR;
    use(buffer, ByteView(map.data, map.size));
    gst_buffer_unmap(buffer, &map);
    return GST_FLOW_OK;
  }

  Pace pace_, judged_{kJudgedPerSecond}, shown_{kJudgedPerSecond};
  Held<GstElement> pipeline_, gate_;
  Held<GstBus> bus_;
  std::string content_type_;
  std::unique_ptr<FaceFinder> faces_;  // nothing: they are not counted
  device::FaceLook look_;
  std::mutex failed_mutex_;
  Result<> failed_;  // to count them
  CameraOutput& output_;
  Bytes header_;  // of the stream, until its first cluster
};

}  // namespace

std::string_view trouble_word(Errc code) noexcept {
  switch (code) {
    case Errc::not_found:
    case Errc::not_permitted:
      return "no_source";
    case Errc::closed:
      return "source_lost";
    case Errc::malformed:
    case Errc::unsupported:
      return "format";
    default:
      return "internal";
  }
}

Result<std::unique_ptr<CameraPipeline>> CameraPipeline::open(const v1::CameraSetup& setup, CameraOutput& output) {
  KW_CHECK(load_plugins());
  if (source_text(setup).empty()) return fail(Errc::invalid, "no source");
  const bool vp8 = has_element("vp8enc") && has_element("webmmux");
  GError* raw = nullptr;
  Held<GstElement> pipeline(gst_parse_launch_full(pipeline_text(setup, vp8).c_str(), nullptr,
                                                  GST_PARSE_FLAG_FATAL_ERRORS, &raw));
  const Held<GError> error(raw);
  if (!pipeline) return fail(Errc::unsupported, error ? error->message : "pipeline");
  // Names and secrets are properties, never part of a pipeline's text.
  if (const Held<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "source")); source) {
    switch (static_cast<v1::CameraSource>(setup.source())) {
      case v1::V4L2:
        g_object_set(source.get(), "device", setup.device().c_str(), nullptr);
        break;
      case v1::RTSP:
        g_object_set(source.get(), "location", setup.url().c_str(), "user-id", setup.user().c_str(), "user-pw",
                     setup.password().c_str(), nullptr);
        break;
      default:
        g_object_set(source.get(), "location", setup.device().c_str(), nullptr);
    }
  }
  std::unique_ptr<FaceFinder> faces;
  if (setup.face()) {
    KW_TRY(faces, FaceFinder::make());
  }
  auto out = std::make_unique<Pipeline>(std::move(pipeline), vp8 ? "video/webm" : "video/x-matroska", setup.frames(),
                                        std::move(faces), output);
  KW_CHECK(out->play());
  return std::unique_ptr<CameraPipeline>(std::move(out));
}

}  // namespace kw::camera

#include "policy/sections/section_problems_test.h"

namespace kw::policy {
namespace {

Codes camera_codes(const std::string& more) { return codes_of(R"({"camera":{)" + more + "}}"); }
std::string camera_with(const std::string& more) {
  return R"("mode":"enforce","source":"v4l2","device":"/dev/video0")" + (more.empty() ? "" : "," + more);
}

TEST(CameraSection, the_defaults_have_nothing_to_say) { EXPECT_EQ(camera_codes(camera_with("")), Codes{}); }
TEST(CameraSection, off_needs_no_source) { EXPECT_EQ(camera_codes(R"("mode":"off")"), Codes{}); }
TEST(CameraSection, problems_name_their_place) {
  const std::pair<std::string, Codes> cases[] = {
      {R"("mode":"watch")", {{"/camera/source", "choose"}}},
      {R"("mode":"enforce","source":"v4l2","device":"video0")", {{"/camera/device", "bad_path"}, {"/camera/device", "no_device"}}},
      {R"("mode":"enforce","source":"v4l2","device":"/etc/passwd")", {{"/camera/device", "no_device"}}},
      {R"("mode":"enforce","source":"rtsp","url":"http://a/b")", {{"/camera/url", "bad_url"}}},
      {R"("mode":"enforce","source":"rtsp","url":"rtsp://a/b c")", {{"/camera/url", "bad_url"}}},
      {R"("mode":"enforce","source":"rtsp","url":"rtsp://user:word@10.0.0.1/s")", {{"/camera/url", "secret_in_policy"}}},
      {R"("mode":"enforce","source":"rtsp","url":"rtsp://10.0.0.1/s","credentials":"here")", {{"/camera/credentials", "bad_path"}}},
      {R"("mode":"enforce","source":"test_picture")", {{"/camera/source", "no_camera"}}},
      {camera_with(R"("width":100)"), {{"/camera/width", "out_of_range"}, {"/camera/width", "not_even"}}},
      {camera_with(R"("height":121)"), {{"/camera/height", "not_even"}}},
      {camera_with(R"("frames":31)"), {{"/camera/frames", "out_of_range"}}},
      {camera_with(R"("keep_days":7)"), {{"/camera/keep_days", "kept_short"}}},
      {camera_with(R"("most_mib":32)"), {{"/camera/most_mib", "out_of_range"}, {"/camera/most_mib", "keeps_fewer"}}},
      {camera_with(R"("face_after_seconds":4)"), {{"/camera/face_after_seconds", "out_of_range"}}},
      {camera_with(R"("watch_face":true)"), {}},
      {camera_with(R"("watch_face":true,"width":160,"height":120)"), {{"/camera/watch_face", "too_small"}}},
      {camera_with(R"("kbit":1000)"), {{"/camera/most_mib", "keeps_fewer"}}}};
  for (const auto& [more, expected] : cases) EXPECT_EQ(camera_codes(more), expected) << more;
}
TEST(CameraSection, what_an_order_may_ask_is_listed_with_its_arguments) {
  v1::Order order;
  order.set_section("camera");
  order.set_action("live");
  EXPECT_EQ(find_action(order), nullptr);
  (*order.mutable_args())["seconds"] = "10";
  EXPECT_NE(find_action(order), nullptr);
}

}  // namespace
}  // namespace kw::policy

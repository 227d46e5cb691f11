// The clipboards of a real X server without a monitor; their owner is a program of the test's own, well-behaved or not.
#include "clipboard/screen_clipboards.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "platform/linux/x_server_fixture_test.h"

namespace kw::clipboard {
namespace {

using namespace std::chrono_literals;
using device::DocumentVerdict;
using device::Selection;

/// Another program on the screen.
class ClipboardOwner {
 public:
  ClipboardOwner() : server_(xcb_connect(nullptr, nullptr)), window_(xcb_generate_id(server_)) {
    const auto* screen = xcb_setup_roots_iterator(xcb_get_setup(server_)).data;
    xcb_create_window(server_, XCB_COPY_FROM_PARENT, window_, screen->root, 0, 0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY,
                      XCB_COPY_FROM_PARENT, 0, nullptr);
  }
  ~ClipboardOwner() { xcb_disconnect(server_); }
  ClipboardOwner(const ClipboardOwner&) = delete;
  ClipboardOwner& operator=(const ClipboardOwner&) = delete;

  xcb_atom_t atom(const std::string& name) {
    const Reply<xcb_intern_atom_reply_t> reply{xcb_intern_atom_reply(
        server_, xcb_intern_atom(server_, 0, static_cast<std::uint16_t>(name.size()), name.data()), nullptr)};
    return reply ? reply->atom : XCB_NONE;
  }
  void take(const std::string& selection) {
    xcb_set_selection_owner(server_, window_, atom(selection), XCB_CURRENT_TIME);
    xcb_flush(server_);
  }
  bool owns(const std::string& selection) {
    const Reply<xcb_get_selection_owner_reply_t> now{
        xcb_get_selection_owner_reply(server_, xcb_get_selection_owner(server_, atom(selection)), nullptr)};
    return now && now->owner == window_;
  }
  /// What it serves, by form; "TARGETS" follows from that unless it is silent.
  std::map<std::string, std::string> serves;
  bool silent = false;

  void work() {
    while (const Reply<xcb_generic_event_t> event{xcb_poll_for_event(server_)}) {
      if ((event->response_type & 0x7f) != XCB_SELECTION_REQUEST || silent) continue;
      answer(reinterpret_cast<const xcb_selection_request_event_t&>(*event));
    }
    xcb_flush(server_);
  }

 private:
  void answer(const xcb_selection_request_event_t& asked) {
    xcb_selection_notify_event_t told{};
    told.response_type = XCB_SELECTION_NOTIFY;
    told.time = asked.time;
    told.requestor = asked.requestor;
    told.selection = asked.selection;
    told.target = asked.target;
    told.property = XCB_NONE;
    if (asked.target == atom("TARGETS")) {
      std::vector<xcb_atom_t> forms;
      for (const auto& [form, content] : serves) forms.push_back(atom(form));
      xcb_change_property(server_, XCB_PROP_MODE_REPLACE, asked.requestor, asked.property, XCB_ATOM_ATOM, 32,
                          static_cast<std::uint32_t>(forms.size()), forms.data());
      told.property = asked.property;
    }
    for (const auto& [form, content] : serves) {
      if (asked.target != atom(form)) continue;
      xcb_change_property(server_, XCB_PROP_MODE_REPLACE, asked.requestor, asked.property, asked.target, 8,
                          static_cast<std::uint32_t>(content.size()), content.data());
      told.property = asked.property;
    }
    std::array<char, 32> whole{};
    std::memcpy(whole.data(), &told, sizeof told);
    xcb_send_event(server_, 0, asked.requestor, XCB_EVENT_MASK_NO_EVENT, whole.data());
  }
  xcb_connection_t* server_;
  xcb_window_t window_;
};

class ScreenClipboardsTest : public ::testing::Test, public ScreenClipboards::Listener {
 protected:
  void SetUp() override {
    if (server.display().empty()) GTEST_SKIP() << "no Xvfb here";
    ::setenv("DISPLAY", server.display().c_str(), 1);
    auto opened = ScreenClipboards::open([this](ByteView content) {
      judged.emplace_back(copy_text(content));
      return device::read_clipboard(content, {});
    });
    ASSERT_TRUE(opened) << opened.error().text();
    screen = std::move(*opened);
    owner.emplace();
  }
  void owned(Selection selection) override { events.push_back("owned " + std::string(name(selection))); }
  void emptied(Selection selection) override { events.push_back("emptied " + std::string(name(selection))); }
  void read_done(Selection, const device::ClipboardReading& reading) override { readings.push_back(reading); }
  /// Both sides do what comes, until it is so.
  bool until(const std::function<bool()>& good) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end) {
      EXPECT_TRUE(screen->work(now, *this));
      owner->work();
      if (good()) return true;
      pollfd ready{screen->descriptor(), POLLIN, 0};
      ::poll(&ready, 1, 5);
    }
    return false;
  }
  bool takes(const std::string& selection) {
    events.clear();
    owner->take(selection);
    return until([&] { return !events.empty(); });
  }
  std::optional<device::ClipboardReading> read(Selection selection) {
    readings.clear();
    judged.clear();
    screen->read(selection, now);
    return until([&] { return !readings.empty(); }) ? std::optional(readings.back()) : std::nullopt;
  }
  platform::XServer server;
  std::unique_ptr<ScreenClipboards> screen;
  std::optional<ClipboardOwner> owner;
  Duration now = 100s;
  std::vector<std::string> events, judged;
  std::vector<device::ClipboardReading> readings;
};

TEST_F(ScreenClipboardsTest, tells_who_takes_it_reads_each_kind_of_text_once_and_takes_it_away) {
  owner->serves = {{"UTF8_STRING", "机密★"}, {"STRING", "?"}, {"text/html", "<b>机密</b>★"}, {"image/png", "\x89PNG"}};
  ASSERT_TRUE(takes("CLIPBOARD"));
  EXPECT_EQ(events, std::vector<std::string>{"owned clipboard"});
  auto reading = read(Selection::clipboard);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->verdict, DocumentVerdict::marked);
  EXPECT_EQ(judged.size(), 1U) << "what is found in one form is enough";
  owner->serves["UTF8_STRING"] = "ordinary";
  reading = read(Selection::clipboard);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->verdict, DocumentVerdict::marked) << "in the other form";
  EXPECT_EQ(judged.size(), 2U);
  EXPECT_EQ(screen->clear(Selection::clipboard).value(), true);
  EXPECT_FALSE(owner->owns("CLIPBOARD"));
  EXPECT_TRUE(until([&] { return events.back() == "emptied clipboard"; }));
}
TEST_F(ScreenClipboardsTest, newer_content_is_not_taken_for_older) {
  owner->serves = {{"UTF8_STRING", "机密★"}};
  ASSERT_TRUE(takes("PRIMARY"));
  ClipboardOwner another;
  std::optional<bool> gone;
  // The server's clock has a tick of a millisecond: in the next one the other's content is the newer.
  ASSERT_TRUE(until([&] {
    another.take("PRIMARY");
    if (!another.owns("PRIMARY")) return false;
    gone = screen->clear(Selection::primary).value();
    return another.owns("PRIMARY");
  }));
  EXPECT_EQ(gone, true) << "what was judged is gone";
}
TEST_F(ScreenClipboardsTest, an_owner_that_does_not_answer_is_given_up) {
  owner->silent = true;
  ASSERT_TRUE(takes("SECONDARY"));
  readings.clear();
  screen->read(Selection::secondary, now);
  ASSERT_TRUE(screen->work(now, *this));
  EXPECT_EQ(screen->next(), now + ScreenClipboards::kPatience);
  EXPECT_TRUE(readings.empty());
  now += ScreenClipboards::kPatience;
  ASSERT_TRUE(until([&] { return !readings.empty(); }));
  EXPECT_EQ(readings[0].verdict, DocumentVerdict::unreadable);
  EXPECT_EQ(readings[0].detail, "owner is silent");
  EXPECT_TRUE(screen->clear(Selection::secondary).value());
}
TEST_F(ScreenClipboardsTest, pictures_large_contents_and_nothing_are_unreadable) {
  owner->serves = {{"image/png", "\x89PNG"}};
  ASSERT_TRUE(takes("CLIPBOARD"));
  EXPECT_EQ(read(Selection::clipboard)->detail, "picture");
  owner->serves = {{"application/x-own", "x"}};
  EXPECT_EQ(read(Selection::clipboard)->detail, "no text");
  owner->serves = {{"UTF8_STRING", std::string(device::kMostClipboard + 4096, 'a')}};
  EXPECT_EQ(read(Selection::clipboard)->detail, "too large");
  EXPECT_TRUE(judged.empty());
}
TEST_F(ScreenClipboardsTest, a_server_that_goes_is_an_error) {
  server.stop();
  ASSERT_TRUE(::setenv("DISPLAY", "", 1) == 0);
  const auto end = std::chrono::steady_clock::now() + 10s;
  Result<> worked;
  while (worked && std::chrono::steady_clock::now() < end) worked = screen->work(now, *this);
  EXPECT_EQ(worked.code(), Errc::closed);
  EXPECT_EQ(ScreenClipboards::open([](ByteView) { return device::ClipboardReading(); }).code(), Errc::unavailable);
}

}  // namespace
}  // namespace kw::clipboard

#include <algorithm>
#include <array>

#include "server/api/bodies.h"
#include "server/api/file_answer.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

/// What a browser may show. Everything else that a kiosk calls its content is octets to save, and no page.
std::string shown_type(std::string claimed) {
  claimed.resize(std::min(claimed.find(';'), claimed.size()));  // without codecs and other words
  constexpr std::array<std::string_view, 6> kKnown{"image/jpeg", "image/png",        "video/mp4",
                                                   "video/webm", "video/x-matroska", "video/mp2t"};
  return std::find(kKnown.begin(), kKnown.end(), claimed) == kKnown.end() ? "application/octet-stream" : claimed;
}

class Recording final : public net::BodySource {
 public:
  explicit Recording(MediaService::Content content) : content_(std::move(content)), size_(content_.pieces->left()) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::optional<Bytes>> next() override { return content_.pieces->next(); }

 private:
  MediaService::Content content_;
  std::uint64_t size_;
};

Result<MediaService::Range> media_range(const Call& call) {
  MediaService::Range out;
  KW_TRY(out.offset, call.query_number("offset", 0, 0, MediaService::kMostRecording));
  if (call.request.query.contains("length")) {
    KW_TRY(out.length, call.query_number("length", 0, 1, MediaService::kMostRecording));
  }
  return out;
}

/// 401 would say that the reader is not who they say; it is the file that is not what it was.
Error as_told(const Error& error) {
  return error.code() == Errc::decrypt_failed ? Error(Errc::corrupt, "recording") : error;
}

}  // namespace

void add_media_routes(Api& api, const ApiServices& s) {
  auto& media = s.media;
  auto& changes = s.changes;
  api.add("GET", "/devices/{id}/media", "listMedia", [&media](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto list, media.of_device(id));
    return ok(ItemsView<MediaView>{views(list, media.retention_days())});
  });
  api.add("GET", "/media/{id}/content", "getMediaContent", [&media, &changes](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"purpose", "offset", "length"}));
    KW_TRY(const auto id, call.id<OrderId>());
    KW_TRY(const auto purpose, purpose_of(call));
    KW_TRY(const auto range, media_range(call));
    auto content = media.read(id, purpose, call.actor(), range);
    if (!content) return as_told(content.error());
    const auto row = content->media;
    auto out = file_answer(std::make_shared<Recording>(std::move(*content)), shown_type(row.content_type), id.text());
    if (range.whole()) out.headers.emplace_back("X-Kw-Digest", "sm3=" + to_hex(row.digest));
    out.headers.emplace_back("X-Kw-Octets", std::to_string(row.octets));  // of the whole recording
    out.headers.emplace_back("X-Kw-Watermark",
                             call.who.account + " " + to_rfc3339(changes.clock().now()) + " " + id.text());
    return out;
  });
  api.add("GET", "/media/{id}/sealed", "getMediaSealed", [&media](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    KW_TRY(const auto id, call.id<OrderId>());
    const auto file = media.sealed(id, call.actor());
    if (!file) return as_told(file.error());
    auto body = stored_file(file->path, file->media.stored);
    if (!body) return fail(Errc::corrupt, "recording");
    return file_answer(std::move(*body), "application/octet-stream", id.text() + ".sealed");
  });
  api.add("GET", "/media/{id}/statement", "getMediaStatement", [&media](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    KW_TRY(const auto id, call.id<OrderId>());
    const auto text = media.statement(id);
    if (!text) return as_told(text.error());
    return file_answer(text_body(*text), "application/x-pem-file", id.text() + ".pem");
  });
  api.add("POST", "/media/{id}/end", "endLive", [&media](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<OrderId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_CHECK(media.end(id, reason, call.actor()));
    KW_TRY(const auto row, media.get(id));
    return ok(view(row, media.retention_days()));
  });
}

void add_look_route(net::Router& router, Api& api, const ApiServices& s) {
  router.websocket(
      std::string(Api::kPrefix) + "/media/{id}/live",
      [&api, &media = s.media](const net::Request& request) -> tl::expected<net::WebSocketHandler, net::Response> {
        const auto refused = [&](const Error& error) {
          return tl::unexpected<net::Response>(api.refuse(error, request));
        };
        auto who = api.admit(request, "lookLive");
        if (!who) return tl::unexpected<net::Response>(std::move(who).error());
        const Call call{request, *who};
        const auto id = call.id<OrderId>();
        if (!id) return refused(id.error());
        auto purpose = purpose_of(call);
        if (!purpose) return refused(purpose.error());
        if (const auto device = media.may_look(*id); !device) return refused(device.error());
        auto held = std::make_shared<std::weak_ptr<net::WebSocketSession>>();
        net::WebSocketHandler out;
        out.on_open = [&media, held, order = *id, viewer = LiveViews::Viewer{*who, request.trace, *purpose}](
                          std::shared_ptr<net::WebSocketSession> socket) {
          *held = socket;
          const auto actor = viewer.who.actor(viewer.trace);
          if (!media.look(order, viewer.purpose, actor) || !media.views().add(order, socket, viewer)) socket->close();
        };
        out.on_close = [&media, held, order = *id] {
          if (const auto socket = held->lock()) media.views().remove(order, socket.get());
        };
        return out;
      });
}

}  // namespace kw::server

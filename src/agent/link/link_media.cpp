// Media on the link: one piece at a time, in parts, each of which lets what is more urgent go first.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/link/session.h"

namespace kw::agent {
namespace {

constexpr auto kMediaToken = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPart = 32U << 10;  // octets; 3 s of a link of 100 kbit/s
constexpr std::size_t kMostMediaWord = 64;

bool is_live(const v1::GuardMedia& media) { return media.piece().kind() == "live" && !media.piece().last(); }

}  // namespace

void PlatformLink::media(v1::GuardMedia piece) {
  media_ = std::move(piece);
  if (session_) {
    session_->media_sent = false;
    session_->media.cancel();
  } else if (is_live(*media_)) {
    media_done("lost", "no link");
  }
}

void PlatformLink::media_done(std::string outcome, std::string reason) {
  v1::MediaDone done;
  done.set_number(media_->number());
  done.set_outcome(std::move(outcome));
  done.set_reason(std::move(reason));
  media_.reset();
  delegate_.on_media_done(std::move(done));
}

Result<> PlatformLink::take_media_report(Session& session, const v1::MediaReport& report) {
  if (!media_ || !session.media_sent || report.order_id() != media_->piece().order_id() ||
      report.sequence() != media_->piece().sequence())
    return fail(Errc::malformed, "a report on media that is not under way");
  if (report.outcome() != "taken" && report.outcome() != "again" && report.outcome() != "refused")
    return fail(Errc::malformed, "outcome of a media report");
  session.media_sent = false;
  media_done(report.outcome(), report.reason().substr(0, kMostMediaWord));
  return {};
}

asio::awaitable<Result<>> PlatformLink::send_piece(Session& session) {
  const auto number = media_->number();
  const auto size = media_->piece().data().size();
  for (std::size_t offset = 0; offset == 0 || offset < size; offset += kPart) {
    v1::Envelope envelope;
    auto& part = *envelope.mutable_media();
    const auto& piece = media_->piece();
    part.mutable_piece()->set_order_id(piece.order_id());
    part.mutable_piece()->set_section(piece.section());
    part.mutable_piece()->set_kind(piece.kind());
    part.mutable_piece()->set_content_type(piece.content_type());
    part.mutable_piece()->set_taken_ns(piece.taken_ns());
    part.mutable_piece()->set_sequence(piece.sequence());
    part.mutable_piece()->set_last(piece.last());
    part.mutable_piece()->set_data(piece.data().substr(offset, kPart));
    part.set_offset(static_cast<std::uint32_t>(offset));
    part.set_size(static_cast<std::uint32_t>(size));
    if (offset + kPart >= size) session.media_sent = true;  // its report may be here before this returns
    KW_CO_CHECK(co_await session.stream.write(std::move(envelope), soon()));
    // Another piece in hand: the guard has started over, and this one is nobody's.
    if (!media_ || media_->number() != number) co_return Result<>{};
  }
  co_return Result<>{};
}

asio::awaitable<void> PlatformLink::send_media(std::shared_ptr<Session> session) {
  const Session::Writer writer(*session);
  while (!session->closed) {
    if (media_ && !session->media_sent) {
      if (const auto sent = co_await send_piece(*session); !sent) session->end();
      continue;
    }
    session->media.expires_at(std::chrono::steady_clock::time_point::max());
    co_await session->media.async_wait(kMediaToken);
  }
  session->media_sent = false;
  if (media_ && is_live(*media_)) media_done("lost", "link lost");
}

}  // namespace kw::agent

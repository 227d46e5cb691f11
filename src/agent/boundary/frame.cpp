#include "agent/boundary/frame.h"

#include "base/reader.h"
#include "base/writer.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {

constexpr std::uint32_t kFrameVersion = 1;
constexpr std::size_t kMostFrameWord = 64;
constexpr std::size_t kMostFrameText = 1024;
constexpr std::size_t kMostSigned = 1U << 20;
constexpr std::size_t kFrameNonce = 32;

template <class Message>
Result<Bytes> encode(Message message) {
  message.set_version(kFrameVersion);
  if (message.ByteSizeLong() > kMostFrame) return fail(Errc::too_large, "frame");
  Writer out;
  out.vec32(schema::serialise(message));
  return std::move(out).take();
}

Result<> check(bool good, std::string_view what) {
  if (!good) return fail(Errc::malformed, std::string(what));
  return {};
}

/// A question needs a number to be answered under; a statement has none.
Result<> check_question(const v1::LinkMessage& message) {
  using Body = v1::LinkMessage::BodyCase;
  switch (message.body_case()) {
    case Body::kAdmission:
    case Body::kHeartbeat:
    case Body::kPolicy:
    case Body::kOrder:
    case Body::kBaseline:
    case Body::kPersons:
    case Body::kSessionBegins:
      return check(message.question() != 0, "a question without a number");
    default:
      return check(message.question() == 0, "a statement with a question's number");
  }
}

Result<> check_signed(const v1::Signed& object) {
  if (object.ByteSizeLong() > kMostSigned) return fail(Errc::too_large, "signed object");
  return {};
}

}  // namespace

Result<std::optional<Bytes>> FrameReader::next() {
  Reader in(ByteView(buffer_).subspan(taken_));
  if (in.left() >= 4) {
    KW_TRY(const auto length, in.u32());
    if (length > kMostFrame) return fail(Errc::too_large, "frame");
    if (in.left() >= length) {
      KW_TRY(const auto body, in.take(length));
      taken_ += 4 + length;
      return std::optional(copy(body));
    }
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  if (buffer_.empty()) buffer_ = Bytes();  // a baseline's room is not kept for beats
  return std::optional<Bytes>{};
}

Result<Bytes> encode_frame(v1::LinkMessage message) { return encode(std::move(message)); }
Result<Bytes> encode_frame(v1::GuardMessage message) { return encode(std::move(message)); }

Result<v1::LinkMessage> parse_link_message(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::LinkMessage>(octets, kMostFrame));
  if (message.version() != kFrameVersion) return fail(Errc::unsupported, "version of a message to the guard");
  KW_CHECK(check_question(message));
  switch (message.body_case()) {
    case v1::LinkMessage::BODY_NOT_SET:
      return fail(Errc::malformed, "an empty message to the guard");
    case v1::LinkMessage::kHeartbeat: {
      const auto size = message.heartbeat().nonce().size();
      KW_CHECK(check(size == 0 || size == kFrameNonce, "nonce"));
      const auto quote = message.heartbeat().quote_nonce().size();
      KW_CHECK(check(quote == 0 || quote == kFrameNonce, "quote nonce"));
      break;
    }
    case v1::LinkMessage::kPolicy:
      KW_CHECK(check_signed(message.policy()));
      break;
    case v1::LinkMessage::kOrder:
      KW_CHECK(check_signed(message.order()));
      break;
    case v1::LinkMessage::kBaseline:
      KW_CHECK(check_signed(message.baseline()));
      break;
    case v1::LinkMessage::kPersons:
      KW_CHECK(check_signed(message.persons()));
      break;
    case v1::LinkMessage::kNoticeShown:
      KW_CHECK(check(message.notice_shown().case_id().size() == 32, "case"));
      KW_CHECK(check(message.notice_shown().display().size() <= kMostFrameWord, "display"));
      break;
    case v1::LinkMessage::kEnding:
      KW_CHECK(check(message.ending().code().size() <= kMostFrameWord, "code"));
      KW_CHECK(check(message.ending().detail().size() <= kMostFrameText, "detail"));
      break;
    case v1::LinkMessage::kMediaDone:
      KW_CHECK(check(message.media_done().outcome().size() <= kMostFrameWord, "outcome"));
      KW_CHECK(check(message.media_done().reason().size() <= kMostFrameWord, "reason"));
      break;
    case v1::LinkMessage::kEventsBack:
      KW_CHECK(check(message.events_back().events_size() <= kMostEventsInFrame, "events in one message"));
      break;
    default:
      break;
  }
  return message;
}

Result<v1::GuardMessage> parse_guard_message(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::GuardMessage>(octets, kMostFrame));
  if (message.version() != kFrameVersion) return fail(Errc::unsupported, "version of a message to the link process");
  switch (message.body_case()) {
    case v1::GuardMessage::BODY_NOT_SET:
      return fail(Errc::malformed, "an empty message to the link process");
    case v1::GuardMessage::kEvents:
      KW_CHECK(check(message.events().first() != 0, "number of an event"));
      KW_CHECK(check(message.events().events_size() > 0 && message.events().events_size() <= kMostEventsInFrame,
                     "events in one message"));
      break;
    case v1::GuardMessage::kSessionPlace:
      KW_CHECK(check(message.session_place().directory().size() <= kMostFrameText, "directory"));
      break;
    case v1::GuardMessage::kMedia:
      KW_CHECK(check(message.media().number() != 0, "number of a piece"));
      KW_CHECK(check(message.media().piece().order_id().size() == 16, "order of a piece"));
      KW_CHECK(check(message.media().piece().data().size() <= kMostMediaInFrame, "size of a piece"));
      break;
    case v1::GuardMessage::kSetup:
      KW_CHECK(check(message.setup().server_port() > 0 && message.setup().server_port() <= 65535, "port"));
      KW_CHECK(check(message.setup().notice_port() <= 65535, "port"));
      break;
    default:
      break;
  }
  return message;
}

}  // namespace kw::agent

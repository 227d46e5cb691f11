#include "tlcp/connection.h"

#include "base/writer.h"

namespace kw::tlcp {
namespace {

constexpr unsigned kMostEmptyRecords = 32;  // in a row
constexpr unsigned kMostWarnings = 8;       // in a connection
constexpr Byte kWarning = 1, kFatal = 2;

}  // namespace

Connection::Connection(Random& random, const Clock& clock, HandshakeState start)
    : random_(random), clock_(clock), handshake_(start) {}

Connection::~Connection() = default;

Result<> Connection::receive(ByteView wire) {
  if (state_ == State::failed) return fail(Errc::wrong_state, "the connection has failed");
  if (state_ == State::closed) return {};
  records_.feed(wire);
  while (state_ != State::closed) {
    const auto record = records_.next();
    if (!record) return fail_with({record.error(), std::nullopt, std::nullopt});
    if (!*record) break;
    figures_.octets_in += kRecordHeader + (*record)->fragment.size();
    if (const auto step = process(**record); !step) return fail_with(step.error());
  }
  return {};
}

Result<> Connection::end_of_stream() {
  if (state_ == State::closing) state_ = State::closed;
  if (state_ == State::closed || state_ == State::failed) return {};
  return fail_with({Failure::truncated, std::nullopt, std::nullopt});
}

Result<> Connection::send(ByteView application) {
  if (state_ != State::open) return fail(Errc::wrong_state, "the connection is not open");
  while (!application.empty()) {
    const auto piece = application.first(std::min(application.size(), kMaxPlaintext));
    if (const auto step = send_record(ContentType::application_data, piece); !step) return fail_with(step.error());
    application = application.subspan(piece.size());
  }
  return {};
}

void Connection::close() {
  if (close_sent_ || state_ == State::failed || state_ == State::closed) return;
  if (state_ == State::handshaking) send_alert(Alert::user_canceled, false);
  send_alert(Alert::close_notify, false);
  close_sent_ = true;
  state_ = state_ == State::open ? State::closing : State::closed;
}

Connection::Step Connection::process(const Record& record) {
  Bytes plaintext;
  ByteView fragment = record.fragment;
  if (reading_) {
    auto opened = reading_->open(record.type, fragment);
    if (!opened) return refuse(opened.code() == Errc::too_large ? Failure::record_too_large : Failure::bad_record_mac);
    plaintext = std::move(*opened);
    fragment = plaintext;
  }
  if (fragment.size() > kMaxPlaintext) return refuse(Failure::record_too_large);
  if (!fragment.empty()) empty_records_ = 0;
  switch (record.type) {
    case ContentType::change_cipher_spec: return process_change_cipher_spec(fragment);
    case ContentType::alert: return process_alert(fragment);
    case ContentType::handshake: return process_handshake(fragment);
    case ContentType::application_data: return process_application(fragment);
  }
  return refuse(Failure::malformed_record);
}

Connection::Step Connection::process_change_cipher_spec(ByteView fragment) {
  if (!accepts(handshake_, Input::change_cipher_spec) || !messages_.empty() || !next_reading_)
    return refuse(Failure::unexpected_message);
  if (fragment.size() != 1 || fragment[0] != 1) return refuse(Failure::malformed_message);
  reading_ = std::move(next_reading_);
  advance(own_ == Side::client ? HandshakeState::client_wait_finished : HandshakeState::server_wait_finished);
  return {};
}

Connection::Step Connection::process_alert(ByteView fragment) {
  if (fragment.size() != 2 || (fragment[0] != kWarning && fragment[0] != kFatal))
    return refuse(Failure::malformed_message);
  const auto alert = static_cast<Alert>(fragment[1]);
  const bool ends = alert == Alert::close_notify && handshake_ == HandshakeState::open;
  if (ends) {
    if (!close_sent_) send_alert(Alert::close_notify, false);
    close_sent_ = true;
    state_ = State::closed;
    return {};
  }
  if (fragment[0] == kFatal || alert == Alert::close_notify)
    return tl::unexpected(FailureReport{Failure::peer_alert, std::nullopt, alert});
  if (++warnings_ > kMostWarnings) return refuse(Failure::too_many_empty);
  return {};
}

Connection::Step Connection::process_application(ByteView fragment) {
  if (!accepts(handshake_, Input::application_data)) return refuse(Failure::unexpected_message);
  if (fragment.empty()) return note_empty();
  append(received_, fragment);
  return {};
}

Connection::Step Connection::note_empty() {
  if (++empty_records_ > kMostEmptyRecords) return refuse(Failure::too_many_empty);
  return {};
}

Connection::Step Connection::send_record(ContentType type, ByteView plaintext) {
  if (!writing_) {
    append(output_, encode_record(type, plaintext));
  } else {
    const auto sealed = writing_->seal(type, plaintext);
    if (!sealed) return refuse(Failure::crypto_failed);
    append(output_, encode_record(type, *sealed));
    figures_.octets_out += sealed->size() - plaintext.size();
  }
  figures_.octets_out += kRecordHeader + plaintext.size();
  return {};
}

void Connection::send_alert(Alert alert, bool fatal) {
  const std::array<Byte, 2> body{fatal ? kFatal : kWarning, static_cast<Byte>(alert)};
  // An alert that cannot be sealed is not sent: the connection ends either way, and the failure that led here stands.
  static_cast<void>(send_record(ContentType::alert, body));
}

Result<> Connection::fail_with(const FailureReport& report) {
  if (const auto alert = alert_for(report.failure)) send_alert(*alert, true);
  state_ = State::failed;
  failure_ = report;
  reading_.reset();
  writing_.reset();
  next_reading_.reset();
  next_writing_.reset();
  master_ = SecretBytes();
  return Error(code_for(report.failure), report.text());
}

}  // namespace kw::tlcp

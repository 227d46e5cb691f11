#include "server/challenges.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm3.h"

namespace kw::server {
namespace {

constexpr std::size_t kChallengeOctets = 32;
constexpr std::size_t kMostAttempt = 512;

/// The place that a challenge is sealed for: a hash, since accounts may be longer than a place.
std::string challenge_place(std::string_view purpose, std::string_view whose) {
  constexpr std::array<Byte, 1> kBetween{};
  return "challenge " + to_hex(crypto::sm3_concat({bytes_of(purpose), kBetween, bytes_of(whose)}));
}

}  // namespace

Result<GivenChallenge> Challenges::give(std::string_view purpose, std::string_view whose) {
  GivenChallenge out;
  out.challenge = changes_.random().bytes(kChallengeOctets);
  out.expires = changes_.clock().now() + kLife;
  Writer sealed(kChallengeOctets + 8);
  sealed.u64(static_cast<std::uint64_t>(out.expires.unix_ns)).raw(out.challenge);
  const auto octets = std::move(sealed).take();
  KW_TRY(const auto attempt, sealer_.seal(challenge_place(purpose, whose), octets, changes_.random()));
  out.attempt = to_hex(attempt);
  return out;
}

Result<Bytes> Challenges::take(std::string_view attempt, std::string_view purpose, std::string_view whose) {
  const auto refused = [](const Error&) { return fail(Errc::unauthenticated, "challenge"); };
  if (attempt.size() > kMostAttempt) return fail(Errc::unauthenticated, "challenge");
  const auto sealed = from_hex(attempt);
  if (!sealed) return refused(sealed.error());
  const auto opened = sealer_.open(challenge_place(purpose, whose), *sealed);
  if (!opened) return refused(opened.error());
  Reader in(opened->reveal());
  KW_TRY(const auto expires_ns, in.u64());
  KW_TRY(const auto challenge, in.take(kChallengeOctets));
  const auto now = changes_.clock().now();
  const Timestamp expires{static_cast<std::int64_t>(expires_ns)};
  if (expires <= now) return fail(Errc::unauthenticated, "challenge");
  auto spent = changes_.store().write([&](auto& r) { return r.factors().spend(crypto::sm3(challenge), expires, now); });
  if (!spent && spent.code() == Errc::already_exists) return refused(spent.error());
  KW_CHECK(spent);
  return copy(challenge);
}

}  // namespace kw::server

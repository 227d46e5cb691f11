#include "cli/witness/witness_platform.h"

#include <boost/json.hpp>

#include "ledger/checkpoint.h"
#include "schema/codec.h"

namespace kw::cli {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
constexpr std::size_t kMostOffered = 64U << 10;
constexpr auto kWitnessPatience = std::chrono::seconds(15);

Result<ledger::Proof> offered_proof(const json::value* field) {
  if (field == nullptr || !field->is_array() || field->get_array().size() > ledger::kMaxProof)
    return fail(Errc::malformed, "consistency");
  ledger::Proof out;
  for (const auto& item : field->get_array()) {
    if (!item.is_string()) return fail(Errc::malformed, "consistency");
    KW_TRY(const auto octets, from_hex(std::string_view(item.get_string())));
    KW_TRY(const auto hash, to_array<32>(octets));
    out.push_back(hash);
  }
  return out;
}

}  // namespace

Result<OfferedHead> parse_offered(std::string_view text) {
  if (text.size() > kMostOffered) return fail(Errc::too_large, "head");
  boost::system::error_code ec;
  const auto value = json::parse(text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  const auto* checkpoint = object == nullptr ? nullptr : object->if_contains("checkpoint");
  if (checkpoint == nullptr || !checkpoint->is_string()) return fail(Errc::malformed, "checkpoint");
  KW_TRY(const auto octets, from_hex(std::string_view(checkpoint->get_string())));
  KW_TRY(auto head, schema::parse<kioskward::v1::Signed>(octets, ledger::kMaxSignedCheckpoint));
  return OfferedHead{std::move(head), offered_proof(object->if_contains("consistency"))};
}

asio::awaitable<Result<OfferedHead>> WitnessPlatform::head(std::uint64_t seen) {
  net::HttpCall call("GET", "/api/v1/witness/head?seen=" + std::to_string(seen));
  call.max_answer = kMostOffered;
  auto server = server_;
  KW_CO_TRY(const auto answer,
            co_await net::http_exchange(std::move(server), std::move(call), net::in(kWitnessPatience)));
  if (answer.status != 200) co_return fail(Errc::unavailable, "status " + std::to_string(answer.status));
  co_return parse_offered(answer.body);
}

asio::awaitable<Result<>> WitnessPlatform::say(kioskward::v1::Signed word) {
  net::HttpCall call("POST", "/api/v1/witness/words");
  call.body = R"({"object":")" + to_hex(schema::serialise(word)) + "\"}";
  call.max_answer = kMostOffered;
  auto server = server_;
  KW_CO_TRY(const auto answer,
            co_await net::http_exchange(std::move(server), std::move(call), net::in(kWitnessPatience)));
  if (answer.status != 204)
    co_return fail(Errc::forbidden, "status " + std::to_string(answer.status) + ": " + answer.body.substr(0, 200));
  co_return Result<>{};
}

}  // namespace kw::cli

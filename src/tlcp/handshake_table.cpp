#include "tlcp/handshake_table.h"

#include <algorithm>
#include <array>

namespace kw::tlcp {
namespace {

using S = HandshakeState;
using I = Input;

constexpr std::array kEdges{
    Edge{S::client_wait_hello, I::server_hello, S::client_wait_certificate},
    Edge{S::client_wait_certificate, I::certificate, S::client_wait_key_exchange},
    Edge{S::client_wait_key_exchange, I::server_key_exchange, S::client_wait_done},
    Edge{S::client_wait_done, I::certificate_request, S::client_wait_done_asked},
    Edge{S::client_wait_done, I::server_hello_done, S::client_wait_change},
    Edge{S::client_wait_done_asked, I::server_hello_done, S::client_wait_change},
    Edge{S::client_wait_change, I::change_cipher_spec, S::client_wait_finished},
    Edge{S::client_wait_finished, I::finished, S::open},
    Edge{S::server_wait_hello, I::client_hello, S::server_wait_certificate},
    Edge{S::server_wait_hello, I::client_hello, S::server_wait_key_exchange},
    Edge{S::server_wait_certificate, I::certificate, S::server_wait_key_exchange_verify},
    Edge{S::server_wait_certificate, I::certificate, S::server_wait_key_exchange},
    Edge{S::server_wait_key_exchange, I::client_key_exchange, S::server_wait_change},
    Edge{S::server_wait_key_exchange_verify, I::client_key_exchange, S::server_wait_verify},
    Edge{S::server_wait_verify, I::certificate_verify, S::server_wait_change},
    Edge{S::server_wait_change, I::change_cipher_spec, S::server_wait_finished},
    Edge{S::server_wait_finished, I::finished, S::open},
    Edge{S::open, I::application_data, S::open},
};

constexpr std::array<std::string_view, kHandshakeStates> kStateNames{
    "client_wait_hello",        "client_wait_certificate",
    "client_wait_key_exchange", "client_wait_done",
    "client_wait_done_asked",   "client_wait_change",
    "client_wait_finished",     "server_wait_hello",
    "server_wait_certificate",  "server_wait_key_exchange",
    "server_wait_key_exchange_verify", "server_wait_verify",
    "server_wait_change",       "server_wait_finished",
    "open"};
constexpr std::array<std::string_view, kInputs> kInputNames{
    "client_hello",      "server_hello",        "certificate",        "server_key_exchange", "certificate_request",
    "server_hello_done", "client_key_exchange", "certificate_verify", "finished",            "change_cipher_spec",
    "application_data",  "other"};

}  // namespace

std::span<const Edge> handshake_edges() noexcept { return kEdges; }

bool accepts(HandshakeState from, Input input) noexcept {
  return std::ranges::any_of(kEdges, [&](const Edge& e) { return e.from == from && e.input == input; });
}

bool leads(HandshakeState from, HandshakeState to) noexcept {
  return std::ranges::any_of(kEdges, [&](const Edge& e) { return e.from == from && e.to == to; });
}

std::string_view name(HandshakeState state) noexcept { return kStateNames.at(static_cast<std::size_t>(state)); }
std::string_view name(Input input) noexcept { return kInputNames.at(static_cast<std::size_t>(input)); }

}  // namespace kw::tlcp

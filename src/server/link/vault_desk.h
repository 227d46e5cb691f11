#pragma once
// VaultDesk is a kiosk's vault on its link: it reads what a business program wants, and answers in one message.
//
// The session has to be this kiosk's and under way; the matter is the session's. Every wish is answered, with
// "answered" or a word of trail::is_reason. Without a catalogue the platform has no vault: vault_unavailable.
// Thread-safe.
#include "kioskward/v1/link.pb.h"
#include "server/link/broker_desk.h"
#include "server/vault/vault_service.h"

namespace kw::server {

class VaultDesk {
 public:
  static constexpr std::size_t kMostAnswer = 64 * 1024;  // octets
  /// `vault` may be null: there is none.
  VaultDesk(Changes& changes, VaultService* vault, Log& log) : changes_(changes), vault_(vault), log_(log) {}
  /// answer: Errc::malformed for what no agent sends.
  Result<v1::VaultAnswer> answer(const DeviceId& device, const v1::VaultRequest& request);

 private:
  Result<VaultAsker> asker(const DeviceId& device, const v1::VaultRequest& request, std::string& outcome);
  Result<> act(const VaultAsker& who, const v1::VaultRequest& request, v1::VaultAnswer& to);
  Changes& changes_;
  VaultService* vault_;
  Log& log_;
};

}  // namespace kw::server

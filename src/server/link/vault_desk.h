#pragma once
// VaultDesk is a kiosk's vault on its link: it reads what a business program wants, and answers in one message.
//
//   VaultDesk::Line line;                                    one for each link
//   KW_TRY(const auto answer, desk.answer(device, request, line));
//   desk.closed(line);                                       the link is over
//
// The session has to be this kiosk's and under way; the matter is the session's. Every wish is answered, with
// "answered" or a word of trail::is_reason. Without a catalogue the platform has no vault: vault_unavailable. A file
// comes in parts; it belongs to its link, and whatever refuses a part of it, or ends the link, gives it up (ADR 123).
// Thread-safe, but for two calls with one line.
#include "kioskward/v1/link.pb.h"
#include "server/link/broker_desk.h"
#include "server/vault/vault_house.h"

namespace kw::server {

class VaultDesk {
 public:
  static constexpr std::size_t kMostAnswer = 64 * 1024;  // octets
  /// What a link has under way: one file at most.
  class Line {
    friend class VaultDesk;
    struct Coming {
      Bytes session;
      FileWish of;
      std::uint64_t size = 0, taken = 0, next = 0;  // next: number of the part
      std::optional<VaultUploadId> upload;
    };
    std::optional<Coming> file_;
  };
  /// `vault` may be null: there is none.
  VaultDesk(Changes& changes, VaultHouse* vault, Log& log) : changes_(changes), vault_(vault), log_(log) {}
  /// answer: Errc::malformed for what no agent sends.
  Result<v1::VaultAnswer> answer(const DeviceId& device, const v1::VaultRequest& request, Line& line);
  /// closed gives up what is under way.
  void closed(Line& line);

 private:
  Result<VaultAsker> asker(const DeviceId& device, const v1::VaultRequest& request, std::string& outcome);
  Result<> act(const VaultAsker& who, const v1::VaultRequest& request, v1::VaultAnswer& to, Line& line);
  Result<> take_part(const VaultAsker& who, const v1::VaultRequest& request, v1::VaultAnswer& to, Line& line);
  Changes& changes_;
  VaultHouse* vault_;
  Log& log_;
};

}  // namespace kw::server

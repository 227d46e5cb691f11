#pragma once
// ValueDesk decides what a business program may do with its session's values: put, see masked, see whole, send to the
// vault; by the data catalogue alone.
//
//   desk.put("residence-permit", message)        a datum of the session's matter, or field_unknown; value_invalid
//   desk.shown("residence-permit", "phone")      "138****00", as an applicant sees it
//   desk.reveal("residence-permit", message)     the value, where MatterBook::may_reveal lets an applicant see it
//   desk.request("residence-permit", message)    what goes over the link; field_forbidden for what is never stored
//
// Without a catalogue, or without secret memory, everything is vault_unavailable. Not thread-safe. Clauses 7.2 to 7.4,
// 7.6; why: ADR 114.
#include "agent/app/app_message.h"
#include "agent/app/session_values.h"
#include "kioskward/v1/link.pb.h"
#include "matters/matter_book.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

class ValueDesk {
 public:
  struct Ports {
    const matters::MatterBook* book = nullptr;
    SessionValues* values = nullptr;
  };
  /// Why not: a word of trail::is_reason, and which field.
  struct No {
    const char* code;
    std::string detail;
  };
  struct Shown {
    std::string text;
    bool whole = false;  // a datum without a mask
  };
  template <class T>
  using Or = tl::expected<T, No>;

  explicit ValueDesk(Ports ports) : ports_(ports) {}

  Or<void> put(const std::string& matter, const AppPut& message);
  /// may_read: before a card or a code is waited for. put: what was read, one text for each datum; all of it or
  /// nothing.
  [[nodiscard]] Or<void> may_read(const std::string& matter, const AppRead& message) const;
  Or<void> put(const std::string& matter, const AppRead& message, const std::vector<SecretBytes>& texts);
  [[nodiscard]] Or<Shown> shown(const std::string& matter, const std::string& field) const;
  Or<void> drop(const std::string& matter, const std::string& field);
  /// reveal: the view lives until the value changes.
  [[nodiscard]] Or<std::string_view> reveal(const std::string& matter, const AppReveal& message) const;
  /// request: purpose, consent and act; session and span are the caller's.
  [[nodiscard]] Or<v1::VaultRequest> request(const std::string& matter, const AppSubmit& message) const;
  [[nodiscard]] Or<v1::VaultRequest> request(const std::string& matter, const AppCase& message) const;
  [[nodiscard]] Or<v1::VaultRequest> request(const std::string& matter, const AppFind& message) const;
  [[nodiscard]] Or<v1::VaultRequest> request(const std::string& matter, const AppRevealCase& message) const;
  [[nodiscard]] Or<v1::VaultRequest> request(const std::string& matter, const AppRemoveCase& message) const;
  /// request: a part of a file, for a stored field of protection file alone, and for entry.
  [[nodiscard]] Or<v1::VaultRequest> request(const std::string& matter, const AppPutFile& message) const;
  /// knows: whether a name is the catalogue's, and may stand in a record.
  [[nodiscard]] bool knows(const std::string& matter, const std::string& field) const;
  void wipe() noexcept {
    if (ports_.values != nullptr) ports_.values->wipe();
  }

 private:
  Or<void> put(const vault::DataField& field, std::string_view value);
  [[nodiscard]] Or<const vault::DataMatter*> matter_of(const std::string& matter) const;
  [[nodiscard]] Or<const vault::DataField*> field_of(const std::string& matter, const std::string& field) const;
  [[nodiscard]] Or<const vault::DataField*> stored_field(const std::string& matter, const std::string& field) const;
  [[nodiscard]] Or<std::string_view> value_of(const std::string& field) const;
  [[nodiscard]] Or<v1::VaultRequest> begin(const std::string& matter, const AppVaultReason& message) const;
  Ports ports_;
};

}  // namespace kw::agent

#pragma once
// Settings are what two administrators agree on about administration itself; SettingsService keeps them in the store.
//
//   const auto now = settings.get();       // a copy; cheap
//   if (now.lists("publishPolicy")) …      // takes two persons
//
// They are changed by the operation changeSettings only, which always takes two persons (ADR 80). SettingsService is
// thread-safe. Source: GB/T 22239 8.1.4.1, clause 9.2.
#include <mutex>
#include <optional>

#include "server/change.h"

namespace kw::server {

struct Settings {
  std::uint64_t revision =
      0;  // 0: as the platform began; then the list holds where somebody else could approve (ADR 66)
  std::vector<std::string> two_persons;  // operationIds of the table's Second::listed, sorted; of one action of a kiosk
                                         // "orderAction:section.action"
  std::uint64_t idle_minutes = 15, confirm_minutes = 10;
  std::uint64_t password_length = 12, password_days = 90, password_history = 5;  // days 0: no age
  /// "role:factor", sorted: who has the role has to use one of its factors; a role that is not named, any.
  std::optional<std::vector<std::string>> required_factors{};  // absent in settings of an earlier version
  [[nodiscard]] bool lists(std::string_view operation) const;
  /// takes tells whether a second factor is good enough for a role.
  [[nodiscard]] bool takes(std::string_view role, std::string_view factor) const;
  [[nodiscard]] Duration idle() const { return std::chrono::minutes(idle_minutes); }
  [[nodiscard]] Duration confirm() const { return std::chrono::minutes(confirm_minutes); }
  friend bool operator==(const Settings&, const Settings&) = default;
};

/// check_settings sorts the list and says what is wrong, as Errc::invalid with a JSON pointer. PURE.
Result<Settings> check_settings(Settings wanted);
/// changes_of names what differs, by setting: before and after. PURE.
struct SettingChange {
  std::string setting, before, after;
};
[[nodiscard]] std::vector<SettingChange> changes_of(const Settings& before, const Settings& after);

class SettingsService {
 public:
  explicit SettingsService(Changes& changes) : changes_(changes) {}
  /// set_offered names the second factors that this platform takes. Before the first use.
  void set_offered(std::vector<std::string> factors) { offered_ = std::move(factors); }
  [[nodiscard]] const std::vector<std::string>& offered() const noexcept { return offered_; }
  /// check_offered: Errc::invalid where a role would have to use only what is not taken here, and so could not log in.
  Result<> check_offered(const Settings& wanted) const;
  /// begin sets what a new platform begins with, once; platforms that are there already, and settings that were
  /// changed, stay as they are. Errc::invalid for an entry that may not be listed.
  Result<> begin(std::vector<std::string> two_persons);
  /// get gives what holds; the defaults until somebody has changed them.
  Result<Settings> get();
  /// change: Errc::conflict unless `wanted.revision` is the one that holds; each setting that changes is recorded.
  Result<Settings> change(const Settings& wanted, const std::string& reason, const Actor& who);

 private:
  Result<std::vector<std::string>> first();
  Changes& changes_;
  std::vector<std::string> offered_{"totp"};
  std::mutex mutex_;
  std::optional<Settings> held_;
  std::optional<std::vector<std::string>> first_;  // what begin has set
};

}  // namespace kw::server

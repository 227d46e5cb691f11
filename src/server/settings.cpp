#include "server/settings.h"

#include <algorithm>
#include <array>

#include "base/comma_list.h"
#include "server/json.h"
#include "server/permissions.h"

namespace kw::server {

BOOST_DESCRIBE_STRUCT(Settings, (),
                      (revision, two_persons, idle_minutes, confirm_minutes, password_length, password_days,
                       password_history, required_factors))

namespace {

const std::string kSettingsKey = "administration", kFirstKey = "administration.first";
/// What a new platform began with, as it is stored.
struct FirstSettings {
  std::vector<std::string> two_persons;
};
BOOST_DESCRIBE_STRUCT(FirstSettings, (), (two_persons))
constexpr std::array<std::string_view, 3> kFactorNames{"totp", "passkey", "ukey"};

Result<> within(std::string_view pointer, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return fail(Errc::invalid, std::string(pointer) + ": " + std::to_string(least) + " to " + std::to_string(most));
}

/// "section.action"
bool is_action(std::string_view text) {
  constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyz_0123456789";
  const auto dot = text.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() && text.size() <= 64 &&
         text.substr(0, dot).find_first_not_of(kWord) == std::string_view::npos &&
         text.substr(dot + 1).find_first_not_of(kWord) == std::string_view::npos;
}

}  // namespace

bool Settings::lists(std::string_view operation) const {
  return std::binary_search(two_persons.begin(), two_persons.end(), operation);
}

bool Settings::takes(std::string_view role, std::string_view factor) const {
  if (!required_factors) return true;
  bool named = false;
  for (const auto& entry : *required_factors) {
    const auto colon = entry.find(':');
    if (std::string_view(entry).substr(0, colon) != role) continue;
    named = true;
    if (std::string_view(entry).substr(colon + 1) == factor) return true;
  }
  return !named;
}

Result<Settings> check_settings(Settings wanted) {
  auto& list = wanted.two_persons;
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  for (const auto& entry : list) {
    const auto colon = entry.find(':');
    const auto* row = find_permission(std::string_view(entry).substr(0, colon));
    const bool action = colon == std::string::npos || is_action(std::string_view(entry).substr(colon + 1));
    if (row == nullptr || row->second != Second::listed || !action)
      return fail(Errc::invalid, "/two_persons: no operation that may be listed");
  }
  if (wanted.required_factors) {
    auto& factors = *wanted.required_factors;
    std::sort(factors.begin(), factors.end());
    factors.erase(std::unique(factors.begin(), factors.end()), factors.end());
    for (const auto& entry : factors) {
      const auto colon = std::min(entry.find(':'), entry.size());
      const auto factor = std::string_view(entry).substr(std::min(colon + 1, entry.size()));
      if (find_role(std::string_view(entry).substr(0, colon)) == nullptr ||
          std::ranges::find(kFactorNames, factor) == kFactorNames.end())
        return fail(Errc::invalid, "/required_factors: role:factor");
    }
  }
  KW_CHECK(within("/idle_minutes", wanted.idle_minutes, 10, 30));
  KW_CHECK(within("/confirm_minutes", wanted.confirm_minutes, 1, 60));
  KW_CHECK(within("/password_length", wanted.password_length, 8, 64));
  KW_CHECK(within("/password_days", wanted.password_days, 0, 365));
  KW_CHECK(within("/password_history", wanted.password_history, 0, 24));
  return wanted;
}

std::vector<SettingChange> changes_of(const Settings& before, const Settings& after) {
  std::vector<SettingChange> out;
  const auto compare = [&](std::string setting, std::string was, std::string is) {
    if (was != is) out.push_back({std::move(setting), std::move(was), std::move(is)});
  };
  const auto number = [&](std::string setting, std::uint64_t was, std::uint64_t is) {
    compare(std::move(setting), std::to_string(was), std::to_string(is));
  };
  compare("two_persons", comma_list(before.two_persons), comma_list(after.two_persons));
  compare("required_factors", comma_list(before.required_factors.value_or(std::vector<std::string>())),
          comma_list(after.required_factors.value_or(std::vector<std::string>())));
  number("idle_minutes", before.idle_minutes, after.idle_minutes);
  number("confirm_minutes", before.confirm_minutes, after.confirm_minutes);
  number("password_length", before.password_length, after.password_length);
  number("password_days", before.password_days, after.password_days);
  number("password_history", before.password_history, after.password_history);
  return out;
}

Result<> SettingsService::check_offered(const Settings& wanted) const {
  for (const auto& role : roles()) {
    const bool some =
        std::ranges::any_of(offered_, [&](const auto& factor) { return wanted.takes(role.name, factor); });
    if (!some) return fail(Errc::invalid, "/required_factors: " + std::string(role.name) + " could not log in");
  }
  return {};
}

Result<Settings> SettingsService::get() {
  const std::lock_guard lock(mutex_);
  if (held_) return *held_;
  KW_TRY(const auto stored, changes_.store().read([](auto& r) { return r.meta().get(kSettingsKey); }));
  if (!stored) {  // not held: another thread may be about to write the first ones
    Settings out;
    KW_TRY(out.two_persons, first());
    return out;
  }
  auto parsed = read_json<Settings>(*stored);
  if (!parsed) return parsed.error().within("stored settings");
  held_ = *parsed;
  return *held_;
}

Result<std::vector<std::string>> SettingsService::first() {
  if (first_) return *first_;
  KW_TRY(const auto stored, changes_.store().read([](auto& r) { return r.meta().get(kFirstKey); }));
  if (!stored) return std::vector<std::string>();
  auto parsed = read_json<FirstSettings>(*stored);
  if (!parsed) return parsed.error().within("stored settings");
  first_ = std::move(parsed->two_persons);
  return *first_;
}

Result<> SettingsService::begin(std::vector<std::string> two_persons) {
  Settings wanted;
  wanted.two_persons = std::move(two_persons);
  KW_TRY(const auto checked, check_settings(std::move(wanted)));
  return changes_.run([&](Change& change) -> Result<> {
    auto& meta = change.repositories().meta();
    KW_TRY(const auto settings, meta.get(kSettingsKey));
    KW_TRY(const auto begun, meta.get(kFirstKey));
    if (settings || begun) return {};
    for (const auto& one : changes_of(Settings(), checked)) {
      KW_CHECK(change.record(
          {.type = "settings.changed",
           .params = {
               {"setting", one.setting}, {"before", one.before}, {"after", one.after}, {"reason", "new platform"}}}));
    }
    return meta.put(kFirstKey, write_json(FirstSettings{checked.two_persons}));
  });
}

Result<Settings> SettingsService::change(const Settings& wanted, const std::string& reason, const Actor& who) {
  KW_TRY(auto next, check_settings(wanted));
  KW_CHECK(check_offered(next));
  KW_TRY(const auto now, get());
  if (next.revision != now.revision) return fail(Errc::conflict, "changed meanwhile");
  ++next.revision;
  const std::lock_guard lock(mutex_);
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_TRY(const auto stored, change.repositories().meta().get(kSettingsKey));
    const auto held = stored ? read_json<Settings>(*stored) : Result<Settings>(Settings());  // its list is not asked
    if (!held || held->revision != now.revision) return fail(Errc::conflict, "changed meanwhile");
    for (const auto& one : changes_of(now, next)) {
      KW_CHECK(change.record(
          {.type = "settings.changed",
           .actor = who,
           .params = {{"setting", one.setting}, {"before", one.before}, {"after", one.after}, {"reason", reason}}}));
    }
    return change.repositories().meta().put(kSettingsKey, write_json(next));
  }));
  held_ = next;
  return next;
}

}  // namespace kw::server

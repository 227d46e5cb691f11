#include "server/export_service.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "server/secret_file.h"
#include "server/toml_files.h"

namespace kw::server {
namespace {

namespace fs = std::filesystem;
constexpr auto kEndWithin = std::chrono::seconds(3);

Result<> record_target(Change& change, std::string_view what, const std::string& target, const std::string& profile,
                       const std::string& address) {
  Happening happening;
  happening.type = "export.target." + std::string(what);
  happening.params = {{"target", target}, {"profile", profile}};
  if (!address.empty()) happening.params["address"] = address;
  return change.record(happening);
}

}  // namespace

Result<std::vector<exports::Profile>> load_profiles(const fs::path& directory) {
  KW_TRY(const auto files, toml_files(directory, ExportService::kMostTargets));
  std::vector<exports::Profile> out;
  for (const auto& file : files) {
    KW_TRY(const auto text, read_public(file));
    auto profile = exports::parse_profile(text_of(text));
    if (!profile) return profile.error().within(file.string());
    const auto same = [&](const auto& other) { return other.name == profile->name; };
    if (std::any_of(out.begin(), out.end(), same)) return fail(Errc::invalid, file.string() + ": name: twice");
    out.push_back(std::move(*profile));
  }
  return out;
}

ExportService::ExportService(Changes& changes, store::LedgerReader& reader, Log& log)
    : changes_(changes), log_(log), source_(changes, reader) {}
ExportService::~ExportService() { stop(); }

Result<store::Export> ExportService::settle(const exports::Profile& profile, const exports::LedgerIdentity& ledger) {
  KW_TRY(const auto size, source_.size());
  return changes_.run([&](Change& change) -> Result<store::Export> {
    auto& repository = change.repositories().exports();
    auto known = repository.get(profile.name);
    if (!known && known.code() != Errc::not_found) return known.error();
    if (!known) {
      store::Export fresh;
      fresh.name = profile.name;
      fresh.profile = profile.digest;
      fresh.ledger = ledger.digest;
      fresh.cursor = profile.from_beginning ? 0 : size;
      KW_CHECK(repository.insert(fresh));
      KW_CHECK(record_target(change, "added", profile.name, to_hex(profile.digest), profile.address.text));
      return fresh;
    }
    if (known->cursor > size || known->open_end > size)
      return fail(Errc::corrupt, "export " + profile.name + ": the ledger is shorter than what was sent of it");
    if (known->active && equal(known->profile, profile.digest)) return std::move(*known);
    known->profile = profile.digest;
    known->active = true;
    KW_CHECK(repository.update(*known));
    KW_CHECK(record_target(change, "changed", profile.name, to_hex(profile.digest), profile.address.text));
    return std::move(*known);
  });
}

Result<> ExportService::retire(const std::vector<exports::Profile>& present) {
  return changes_.run([&](Change& change) -> Result<> {
    KW_TRY(auto all, change.repositories().exports().list());
    for (auto& one : all) {
      const auto same = [&](const auto& profile) { return profile.name == one.name; };
      if (!one.active || std::any_of(present.begin(), present.end(), same)) continue;
      one.active = false;
      KW_CHECK(change.repositories().exports().update(one));
      KW_CHECK(record_target(change, "removed", one.name, to_hex(one.profile), {}));
    }
    return {};
  });
}

Result<> ExportService::open(const ExportPlaces& places, const exports::LedgerIdentity& ledger) {
  places_ = places;
  ledger_ = ledger;
  std::vector<exports::Profile> profiles;
  if (!places.directory.empty()) {
    KW_TRY(profiles, load_profiles(places.directory));
  }
  for (const auto& profile : profiles) files_.insert(profile.name);
  KW_TRY(const auto saved, changes_.store().read([](auto& r) { return r.exports().newest_profiles(); }));
  for (const auto& one : saved) {
    auto profile = exports::parse_profile(one.text);
    const auto problem = !profile ? profile.error().text() : files_.contains(one.name) ? "a file has its name" : "";
    if (!problem.empty()) {  // it cannot be mended in the console while the platform does not start
      log_.error("export.profile", {{"target", one.name}, {"error", problem}});
      continue;
    }
    profiles.push_back(std::move(*profile));
  }
  KW_CHECK(retire(profiles));
  for (auto& profile : profiles) KW_CHECK(add_runner(std::move(profile)));
  return {};
}

Result<> ExportService::add_runner(exports::Profile profile) {
  KW_TRY(auto stored, settle(profile, ledger_));
  KW_TRY(auto identity, exports::identity_of_digest(stored.ledger));
  auto runner = std::make_unique<ExportRunner>(std::move(profile), std::move(stored), std::move(identity),
                                               ExportRunner::Ports{changes_, source_, log_});
  const std::lock_guard lock(mutex_);
  runners_.push_back(std::move(runner));
  return {};
}

std::vector<ExportRunner*> ExportService::runners() {
  const std::lock_guard lock(mutex_);
  std::vector<ExportRunner*> out;
  for (const auto& runner : runners_) out.push_back(runner.get());
  return out;
}

void ExportService::spawn(ExportRunner& runner) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  if (const auto told = runner.record_run("export.started"); !told)
    log_.error("export.started", {{"target", runner.name()}, {"error", told.error().text()}});
  net::asio::co_spawn(context_, runner.run(), [this](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
  });
}

void ExportService::start() {
  for (auto* runner : runners()) spawn(*runner);
  thread_ = std::thread([this] { context_.run(); });
}

void ExportService::stop() {
  if (!thread_.joinable()) return;
  const std::lock_guard none_new(saving_);
  const auto all = runners();
  for (auto* runner : all) runner->stop();
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, kEndWithin, [this] { return running_ == 0; });
  }
  context_.stop();
  thread_.join();
  for (auto* runner : all) {
    if (const auto told = runner->record_run("export.stopped"); !told)
      log_.error("export.stopped", {{"target", runner->name()}, {"error", told.error().text()}});
  }
}

Result<ExportRunner*> ExportService::find(const std::string& name) {
  for (auto* runner : runners()) {
    if (runner->name() == name) return runner;
  }
  return fail(Errc::not_found, "name");
}

Result<std::vector<ExportStatus>> ExportService::list() {
  std::vector<ExportStatus> out;
  for (auto* runner : runners()) {
    KW_TRY(auto status, runner->status());
    out.push_back(std::move(status));
  }
  return out;
}

Result<std::vector<ShownProfile>> ExportService::profiles() {
  KW_TRY(auto out, files_of(places_.shipped, ProfileSource::shipped));
  if (!places_.directory.empty()) {
    KW_TRY(auto files, files_of(places_.directory, ProfileSource::file));
    std::ranges::move(files, std::back_inserter(out));
  }
  KW_TRY(auto saved, changes_.store().read([](auto& r) { return r.exports().newest_profiles(); }));
  for (auto& one : saved) out.push_back(shown(ProfileSource::saved, std::move(one)));
  return out;
}

Result<std::vector<store::ExportProfile>> ExportService::profile_versions(const std::string& name) {
  KW_TRY(auto out, changes_.store().read([&](auto& r) { return r.exports().profile_versions(name); }));
  if (out.empty()) return fail(Errc::not_found, "name");
  return out;
}

std::optional<exports::ProfileProblem> ExportService::check_profile(const std::string& text) {
  const auto profile = parse_saved(text, places_);
  if (!profile) return exports::locate_problem(text, profile.error());
  if (files_.contains(profile->name)) return exports::ProfileProblem{0, "name", "a file of this machine has it"};
  return std::nullopt;
}

Result<ExportService::Saving> ExportService::may_save(const std::string& text, std::uint64_t base) {
  auto profile = parse_saved(text, places_);
  if (!profile) {
    const auto problem = exports::locate_problem(text, profile.error());
    return fail(profile.code(), "/text: line " + std::to_string(problem.line) + ": " +
                                    (problem.key.empty() ? "" : problem.key + ": ") + problem.reason);
  }
  if (files_.contains(profile->name)) return fail(Errc::conflict, "a file of this machine has this name");
  KW_TRY(const auto versions,
         changes_.store().read([&](auto& r) { return r.exports().profile_versions(profile->name); }));
  const auto newest = versions.empty() ? 0 : versions.front().version;
  if (base != newest) return fail(Errc::conflict, "the newest version is " + std::to_string(newest));
  if (!versions.empty() && equal(versions.front().digest, profile->digest))
    return fail(Errc::conflict, "nothing changes");
  if (versions.empty() && runners().size() >= kMostTargets)
    return fail(Errc::wrong_state, "at most " + std::to_string(kMostTargets) + " targets");
  Saving out;
  out.next.name = profile->name;
  out.next.version = newest + 1;
  out.next.text = text;
  out.next.digest = profile->digest;
  if (!versions.empty()) out.before = versions.front().digest;
  out.profile = std::move(*profile);
  return out;
}

Result<ShownProfile> ExportService::save_profile(const std::string& text, std::uint64_t base, const std::string& reason,
                                                 const Actor& who) {
  const std::lock_guard one_at_a_time(saving_);
  KW_TRY(auto saving, may_save(text, base));
  auto& next = saving.next;
  next.saved_by = who.person;
  next.saved = changes_.clock().now();
  next.reason = reason;
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().exports().save_profile(next));
    return change.record({.type = "export.profile.saved",
                          .actor = who,
                          .params = {{"target", next.name},
                                     {"version", std::to_string(next.version)},
                                     {"before", to_hex(saving.before)},
                                     {"after", to_hex(next.digest)},
                                     {"address", saving.profile.address.text},
                                     {"reason", reason}}});
  }));
  if (auto runner = find(next.name)) {
    (*runner)->replace(std::move(saving.profile));
  } else {
    KW_CHECK(add_runner(std::move(saving.profile)));
    if (thread_.joinable()) spawn(**find(next.name));
  }
  return shown(ProfileSource::saved, std::move(next));
}

Result<std::vector<store::ExportRefusal>> ExportService::refusals(const std::string& name, std::size_t most) {
  KW_CHECK(find(name));
  return changes_.store().read([&](store::Repositories& r) { return r.exports().refusals(name, most); });
}

Result<ExportStatus> ExportService::ask(const std::string& name, const std::function<Result<>(ExportRunner&)>& what) {
  KW_TRY(auto* runner, find(name));
  KW_CHECK(what(*runner));
  return runner->status();
}

Result<ExportStatus> ExportService::pause(const std::string& name, const std::string& reason, const Actor& who) {
  return ask(name, [&](ExportRunner& runner) { return runner.pause(reason, who); });
}
Result<ExportStatus> ExportService::resume(const std::string& name, const std::string& reason, const Actor& who) {
  return ask(name, [&](ExportRunner& runner) { return runner.resume(reason, who); });
}
Result<store::ExportRefusal> ExportService::resend(const std::string& name, const std::string& number,
                                                   const std::string& reason, const Actor& who) {
  KW_TRY(auto* runner, find(name));
  return runner->resend(number, reason, who);
}
Result<ExportStatus> ExportService::test(const std::string& name, const std::string& reason, const Actor& who) {
  return ask(name, [&](ExportRunner& runner) { return runner.test(reason, who); });
}

}  // namespace kw::server

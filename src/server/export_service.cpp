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
    : changes_(changes), log_(log), source_(changes.store(), reader) {}
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

Result<> ExportService::open(const fs::path& directory, const exports::LedgerIdentity& ledger) {
  std::vector<exports::Profile> profiles;
  if (!directory.empty()) {
    KW_TRY(profiles, load_profiles(directory));
  }
  KW_CHECK(retire(profiles));
  for (auto& profile : profiles) {
    KW_TRY(auto stored, settle(profile, ledger));
    KW_TRY(auto identity, exports::identity_of_digest(stored.ledger));
    runners_.push_back(std::make_unique<ExportRunner>(std::move(profile), std::move(stored), std::move(identity),
                                                      ExportRunner::Ports{changes_, source_, log_}));
  }
  return {};
}

void ExportService::start() {
  if (runners_.empty()) return;
  running_ = runners_.size();
  for (auto& runner : runners_) {
    if (const auto told = runner->record_run("export.started"); !told)
      log_.error("export.started", {{"target", runner->name()}, {"error", told.error().text()}});
    net::asio::co_spawn(context_, runner->run(), [this](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
      const std::lock_guard lock(mutex_);
      --running_;
      ended_.notify_all();
    });
  }
  thread_ = std::thread([this] { context_.run(); });
}

void ExportService::stop() {
  if (!thread_.joinable()) return;
  for (auto& runner : runners_) runner->stop();
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, kEndWithin, [this] { return running_ == 0; });
  }
  context_.stop();
  thread_.join();
  for (auto& runner : runners_) {
    if (const auto told = runner->record_run("export.stopped"); !told)
      log_.error("export.stopped", {{"target", runner->name()}, {"error", told.error().text()}});
  }
}

Result<ExportRunner*> ExportService::find(const std::string& name) {
  for (auto& runner : runners_) {
    if (runner->name() == name) return runner.get();
  }
  return fail(Errc::not_found, "name");
}

Result<std::vector<ExportStatus>> ExportService::list() {
  std::vector<ExportStatus> out;
  for (auto& runner : runners_) {
    KW_TRY(auto status, runner->status());
    out.push_back(std::move(status));
  }
  return out;
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

#pragma once
// ExportService sends the audit ledger to the targets of a directory of profiles (clause 9.1), and shows how far each
// is.
//
//   ExportService exports(changes, reader, log);
//   KW_CHECK(exports.open(directory, identity));  // profiles, and what the store knows of them
//   exports.start();
//
// A target that is new begins where its profile says; one whose file is gone keeps its progress and rests. Each
// difference between the files and what was known is an event. Profiles are also saved here, in versions (ADR 64): a
// target that runs takes the new one at its next batch. Thread-safe once open.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <thread>

#include "server/export_profiles.h"
#include "server/export_runner.h"

namespace kw::server {

/// load_profiles reads every *.toml of a directory, by name. Errors name the file; two of one name are refused.
Result<std::vector<exports::Profile>> load_profiles(const std::filesystem::path& directory);

class ExportService {
 public:
  static constexpr std::size_t kMostTargets = 16;
  ExportService(Changes& changes, store::LedgerReader& reader, Log& log);
  ~ExportService();
  ExportService(const ExportService&) = delete;
  ExportService& operator=(const ExportService&) = delete;

  /// open reads the files of `places.directory` and the profiles that were saved. `ledger` is this ledger's identity;
  /// targets that the store knows keep the one that their numbers were made from.
  Result<> open(const ExportPlaces& places, const exports::LedgerIdentity& ledger);
  void start();
  /// stop ends every target within seconds; what was under way is sent again after the next start.
  void stop();

  Result<std::vector<ExportStatus>> list();
  Result<std::vector<store::ExportRefusal>> refusals(const std::string& name, std::size_t most);
  /// The three requests: Errc::not_found for a target that is not, Errc::conflict where it is so already.
  Result<ExportStatus> pause(const std::string& name, const std::string& reason, const Actor& who);
  Result<ExportStatus> resume(const std::string& name, const std::string& reason, const Actor& who);
  Result<store::ExportRefusal> resend(const std::string& name, const std::string& number, const std::string& reason,
                                      const Actor& who);
  /// profiles shows every profile: shipped ones, files, and the newest version of each saved one.
  Result<std::vector<ShownProfile>> profiles();
  Result<std::vector<store::ExportProfile>> profile_versions(const std::string& name);  // newest first
  /// check_profile: what is wrong with a text, with its line; nothing where it could be saved.
  std::optional<exports::ProfileProblem> check_profile(const std::string& text);
  /// may_save judges before anything is done: Errc::malformed, invalid (with line and key), conflict for a name of a
  /// file's, for a `base` that is not the newest version (0: a new profile), and where nothing changes.
  struct Saving {
    store::ExportProfile next;
    Bytes before;  // digest; empty for a new one
    exports::Profile profile;
  };
  Result<Saving> may_save(const std::string& text, std::uint64_t base);
  Result<ShownProfile> save_profile(const std::string& text, std::uint64_t base, const std::string& reason,
                                    const Actor& who);
  Result<ExportStatus> test(const std::string& name, const std::string& reason, const Actor& who);

 private:
  Result<store::Export> settle(const exports::Profile& profile, const exports::LedgerIdentity& ledger);
  Result<> retire(const std::vector<exports::Profile>& present);
  Result<> add_runner(exports::Profile profile);
  void spawn(ExportRunner& runner);
  [[nodiscard]] std::vector<ExportRunner*> runners();
  Result<ExportRunner*> find(const std::string& name);
  Result<ExportStatus> ask(const std::string& name, const std::function<Result<>(ExportRunner&)>& what);

  Changes& changes_;
  Log& log_;
  ExportSource source_;
  net::asio::io_context context_{1};
  net::asio::executor_work_guard<net::asio::io_context::executor_type> work_{context_.get_executor()};
  ExportPlaces places_;
  exports::LedgerIdentity ledger_;
  std::set<std::string> files_;  // names of profiles that are files
  std::thread thread_;
  std::mutex saving_;  // one profile at a time
  std::mutex mutex_;   // guards what follows; runners come, and none goes before the service
  std::vector<std::unique_ptr<ExportRunner>> runners_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

}  // namespace kw::server

#include "platform/linux/children.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "platform/linux/privileges.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

Result<std::string> beside_this_program(std::string_view program) {
  std::error_code ec;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) return fail(Errc::io, "/proc/self/exe: " + ec.message());
  return (own.parent_path() / program).string();
}

}  // namespace

Result<std::string> child_user(std::initializer_list<std::string_view> names) {
  if (::geteuid() != 0 || !may_change_user()) return std::string();
  for (const auto name : names)
    if (const auto account = find_account(std::string(name)); account && account->uid != 0) return std::string(name);
  return fail(Errc::not_found, "no user for " + std::string(*names.begin()));
}

class HelperChildren::Child final : public device::HelperProcess {
 public:
  Child(pid_t pid, UniqueFd socket, std::shared_ptr<std::vector<pid_t>> dying)
      : pid_(pid), socket_(std::move(socket)), dying_(std::move(dying)) {}
  ~Child() override {
    ::kill(pid_, SIGKILL);
    dying_->push_back(pid_);  // a driver may hold it: nobody waits for that here
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] int socket() const override { return socket_.get(); }

 private:
  pid_t pid_;
  UniqueFd socket_;
  std::shared_ptr<std::vector<pid_t>> dying_;
};

Result<std::unique_ptr<device::HelperProcess>> HelperChildren::start(const What& what) {
  std::vector<std::string> words{std::string(what.program)};
  if (!what.user.empty()) words.insert(words.end(), {"--user", what.user});
  SpawnOptions options;
  options.file = what.file;
  if (what.file.empty()) {
    KW_TRY(options.file, beside_this_program(what.program));
  }
  options.environment.insert(options.environment.end(), what.environment.begin(), what.environment.end());
  KW_TRY(auto channel, packet_pair());
  KW_TRY(const auto pid, spawn(words, {channel.theirs.get(), STDERR_FILENO, STDERR_FILENO}, options));
  return std::unique_ptr<device::HelperProcess>(std::make_unique<Child>(pid, std::move(channel.ours), dying_));
}

void HelperChildren::tidy() {
  std::erase_if(*dying_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

}  // namespace kw::platform

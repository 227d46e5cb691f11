#include "platform/linux/nft_child.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "platform/linux/os_error.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

using Steady = std::chrono::steady_clock;

// After each script the child is asked to describe a symbol that does not exist: this answer ends the script's output.
constexpr std::string_view kQuestion = "describe kioskward-end\n";
constexpr std::string_view kEnd = "symbol expression, datatype invalid (invalid)";
constexpr std::size_t kMostNftAnswer = std::size_t{1} << 20;
constexpr std::size_t kMostDetail = 300;

// The error that nft's output stands for; warnings are not errors.
Result<> judge(std::string_view output) {
  const auto at = output.find("Error: ");
  if (at == std::string_view::npos) return {};
  auto detail = output.substr(at, kMostDetail);
  detail = detail.substr(0, detail.find('\n'));
  if (detail.find("Operation not permitted") != std::string_view::npos)
    return fail(Errc::not_permitted, "nft: " + std::string(detail));
  return fail(Errc::invalid, "nft: " + std::string(detail));
}

Result<> fill(int memory, std::string_view text) {
  if (::ftruncate(memory, 0) != 0) return fail_os("script file");
  for (std::size_t at = 0; at < text.size();) {
    const auto n = ::pwrite(memory, text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (n < 0) return fail_os("script file");
    at += static_cast<std::size_t>(n);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<NftChild>> NftChild::start(const std::string& program) {
  std::unique_ptr<NftChild> out(new NftChild);
  KW_TRY(auto in, stream_pair());
  KW_TRY(auto answers, pipe_pair());
  out->script_.reset(::memfd_create("kioskward-nft", MFD_CLOEXEC));
  if (!out->script_) return fail_os("memory file");
  KW_TRY(out->pid_, spawn({program, "-i"}, {in.theirs.get(), answers.theirs.get(), answers.theirs.get()}));
  out->handle_.reset(open_pidfd(out->pid_));
  if (!out->handle_) return fail_os("watch nft");
  out->commands_ = std::move(in.ours);
  out->answers_ = std::move(answers.ours);
  return out;
}

NftChild::~NftChild() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool NftChild::alive() const {
  pollfd ended{handle_.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

Result<> NftChild::run(const std::string& script, Duration deadline) {
  const auto give_up = Steady::now() + deadline;
  ++runs_;
  KW_CHECK(fill(script_.get(), script));
  const std::string command = "include \"/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(script_.get()) +
                              "\"\n" + std::string(kQuestion);
  const auto sent = ::send(commands_.get(), command.data(), command.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(command.size())) return fail(Errc::io, "nft takes no commands");
  std::string output;
  std::array<char, 4096> part{};
  while (!output.ends_with(kEnd) && !output.ends_with(std::string(kEnd) + "\n")) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - Steady::now()).count();
    if (left <= 0) return fail(Errc::timeout, "nft did not answer");
    pollfd ready{answers_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left)) < 0 && errno != EINTR) return fail_os("poll nft");
    const auto n = ::read(answers_.get(), part.data(), part.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n < 0) return fail_os("read from nft");
    if (n == 0) return fail(Errc::io, "nft ended");
    if (output.size() + static_cast<std::size_t>(n) > kMostNftAnswer) return fail(Errc::io, "nft talks without end");
    output.append(part.data(), static_cast<std::size_t>(n));
  }
  return judge(output);
}

}  // namespace kw::platform

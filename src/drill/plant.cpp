#include "drill/plant.h"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>

#include "client/business_client.h"
#include "drill/hold_clipboard.h"
#include "platform/linux/account.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/unique_fd.h"
#include "schema/codec.h"

namespace kw::drill {
namespace {

using platform::UniqueFd;
using Kind = v1::DrillPlanting;
constexpr std::size_t kCanary = 28;
constexpr std::size_t kMostPlanted = 64U << 10;
constexpr std::array kKinds = {Kind::BODY,           Kind::PATH,   Kind::VALUE,   Kind::TEMPORARY, Kind::CACHE,
                               Kind::TEMPORARY_FILE, Kind::SHARED, Kind::SEGMENT, Kind::PRINT_JOB, Kind::CLIPBOARD};

/// Letters and digits, so that it is the same in a path, in JSON and on paper.
std::string new_canary(Random& random) {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::string out;
  for (const auto octet : random.bytes(kCanary)) out += kLetters[octet % kLetters.size()];
  return out;
}

Result<> write_new(const std::string& path, const std::string& text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return platform::fail_os("plant");
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return platform::fail_os("plant");
  return {};
}

/// What a person's data look like around a canary: a form that somebody filled in.
std::string form_of(const std::string& canary) { return R"({"name":")" + canary + R"(","id":")" + canary + "\"}\n"; }

class Planting {
 public:
  Planting(const v1::DrillTask& task, Random& random, int life) : task_(task), random_(random), life_(life) {
    for (const auto kind : kKinds) canaries_[kind] = new_canary(random);
  }

  /// As root: what the print system would keep.
  void print() {
    if (task_.print_spool().empty() || ::access(task_.print_spool().c_str(), F_OK) != 0)
      return note(Kind::PRINT_JOB, fail(Errc::unavailable, "no spool"));
    note(Kind::PRINT_JOB, write_new(task_.print_spool() + "/d" + std::to_string(90'000 + random_.bytes(1)[0]) + "-001",
                                    form_of(canaries_[Kind::PRINT_JOB])));
  }

  /// As the kiosk's user, from a session's beginning to its end.
  Result<> as_user() {
    auto directory = task_.directory();
    if (task_.api_host().empty() || task_.matter().empty()) {
      for (const auto kind : {Kind::BODY, Kind::PATH}) note(kind, fail(Errc::unavailable, "no local API"));
      leave(directory);
      return {};
    }
    client::BusinessClientOptions options;
    options.host = task_.api_host();
    options.port = static_cast<std::uint16_t>(task_.api_port());
    options.token_file = task_.token_file();
    auto kiosk = client::BusinessClient::connect(options);
    const auto begun = kiosk ? (*kiosk)->begin(task_.matter()) : Result<client::BusinessSession>(kiosk.error());
    if (!begun) {
      if (begun.error().detail() == "busy") return fail(Errc::unavailable, "a session is under way");
      for (const auto kind : {Kind::BODY, Kind::PATH}) note(kind, begun.error());
      leave(directory);
      return {};
    }
    session_ = true;
    leave(begun->temporary);
    note(Kind::VALUE, put_value(**kiosk));
    client::BusinessRequest request;
    request.service = "drill";
    request.method = "POST";
    request.path = "/" + canaries_[Kind::PATH];
    request.content_type = "application/json";
    request.body = form_of(canaries_[Kind::BODY]);
    // No connector is asked: the refusal comes from the platform, and what was said went all the way there.
    const auto answer = (*kiosk)->request(request);
    const bool carried = answer || answer.code() == Errc::forbidden;
    for (const auto kind : {Kind::BODY, Kind::PATH}) note(kind, carried ? Result<>() : Result<>(answer.error()));
    return (*kiosk)->end();
  }

  [[nodiscard]] v1::DrillPlanting told(Kind::Canary kind) const {
    v1::DrillPlanting out;
    out.set_canary(kind);
    const auto at = told_.find(kind);
    out.set_planted(at != told_.end() && at->second.empty());
    if (!out.planted()) out.set_reason(at == told_.end() ? "not offered" : at->second);
    return out;
  }
  [[nodiscard]] pid_t clipboard() const { return clipboard_; }
  [[nodiscard]] bool session() const { return session_; }
  [[nodiscard]] const std::string& canary(Kind::Canary kind) const { return canaries_.at(kind); }

 private:
  /// One of the person's values, put and seen as a page does it; the catalogue says which the matter has.
  Result<> put_value(client::BusinessClient& kiosk) {
    Result<> put = fail(Errc::unavailable, "not offered");
    for (const auto* field : {"address", "holder_name"}) {
      put = kiosk.put(field, canaries_[Kind::VALUE]);
      if (!put) continue;
      KW_CHECK(kiosk.get(field));
      return {};
    }
    return put;
  }
  void note(Kind::Canary kind, const Result<>& done) {
    const auto word = [&] {
      if (done) return std::string();
      const bool by_api = done.code() == Errc::forbidden || done.code() == Errc::unavailable;
      return (by_api ? done.error().detail() : std::string(name(done.code()))).substr(0, 64);
    };
    told_[kind] = word();
  }
  /// What a program leaves lying about.
  void leave(const std::string& directory) {
    const auto unique = "/kw-drill-" + new_canary(random_).substr(0, 12);
    note(Kind::TEMPORARY, directory.empty() ? Result<>(fail(Errc::unavailable, "no session directory"))
                                            : write_new(directory + "/form.json", form_of(canaries_[Kind::TEMPORARY])));
    Result<> cached = fail(Errc::unavailable, "no place of the user's");
    for (const auto& place : task_.caches())
      if (!cached && place.find('*') == std::string::npos)
        cached = write_new(place + unique, form_of(canaries_[Kind::CACHE]));
    note(Kind::CACHE, cached);
    Result<> file = fail(Errc::unavailable, "no place");
    for (const auto& place : task_.temporary())
      if (!file) file = write_new(place + unique, form_of(canaries_[Kind::TEMPORARY_FILE]));
    note(Kind::TEMPORARY_FILE, file);
    note(Kind::SHARED, task_.shared_memory().empty()
                           ? Result<>(fail(Errc::unavailable, "no place"))
                           : write_new(task_.shared_memory() + unique, form_of(canaries_[Kind::SHARED])));
    note(Kind::SEGMENT, segment(form_of(canaries_[Kind::SEGMENT])));
    if (!task_.display().empty()) note(Kind::CLIPBOARD, copy_to_clipboard());
  }
  /// A process that outlives this one: it goes when the clipboard is taken from it.
  Result<> copy_to_clipboard() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return platform::fail_os("pipe");
    const UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return platform::fail_os("hold the clipboard");
    if (pid == 0) {
      if (!task_.cookie().empty()) ::setenv("XAUTHORITY", task_.cookie().c_str(), 1);
      const auto held = [&] { static_cast<void>(::write(theirs.get(), "x", 1)); };  // nobody reads: nobody waits
      const auto done = hold_clipboard(task_.display(), canaries_[Kind::CLIPBOARD], life_, held);
      ::_exit(done ? 0 : 1);
    }
    theirs.reset();
    char word = 0;
    if (::read(ours.get(), &word, 1) != 1) {
      while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
      return fail(Errc::unavailable, "no screen, or nobody may use it");
    }
    clipboard_ = pid;
    return {};
  }
  static Result<> segment(const std::string& text) {
    const int id = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (id < 0) return platform::fail_os("a System V segment");
    auto* at = static_cast<char*>(::shmat(id, nullptr, 0));
    if (at == reinterpret_cast<char*>(-1)) return platform::fail_os("a System V segment");
    std::memcpy(at, text.data(), text.size());
    ::shmdt(at);
    return {};
  }

  const v1::DrillTask& task_;
  Random& random_;
  int life_;  // readable once the drill has gone
  std::map<Kind::Canary, std::string> canaries_;
  std::map<Kind::Canary, std::string> told_;  // empty: planted; else why not
  bool session_ = false;
  pid_t clipboard_ = 0;
};

Result<> as_the_user(const v1::DrillTask& task) {
  if (task.users_size() == 0) return fail(Errc::not_found, "no user is named for the kiosk's programs");
  KW_TRY(const auto account, platform::find_account(task.users(0)));
  if (::geteuid() != 0 || !platform::may_change_user()) return platform::drop_capabilities();
  return platform::become(account);
}

/// In the child: nothing of a canary goes out but under the mask.
v1::DrillPlanterWord planter(const v1::DrillTask& task, const device::NeedleMask& mask, Random& random, int life) {
  v1::DrillPlanterWord out;
  Planting planting(task, random, life);
  planting.print();
  auto done = as_the_user(task);
  if (done) done = planting.as_user();
  if (!done) {
    out.set_trouble(done.error().detail().substr(0, 256));
    return out;
  }
  for (const auto kind : kKinds) {
    *out.add_plantings() = planting.told(kind);
    out.add_masked(copy_text(device::masked(bytes_of(planting.canary(kind)), mask)));
  }
  out.set_session(planting.session());
  out.set_clipboard(planting.clipboard());
  return out;
}

void write_all(int to, ByteView octets) {
  while (!octets.empty()) {
    const auto n = ::write(to, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the reader sees that something is missing
    octets = octets.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

Result<Planted> plant(const v1::DrillTask& task, const device::NeedleMask& mask, Random& random) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return platform::fail_os("pipe");
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return platform::fail_os("pipe");
  UniqueFd seen(ends[0]), life(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return platform::fail_os("start the planter");
  if (pid == 0) {
    life.reset();
    write_all(theirs.get(), schema::serialise(planter(task, mask, random, seen.get())));
    ::_exit(0);  // whatever stands in its memory goes with it
  }
  theirs.reset();
  Bytes heard(kMostPlanted);
  std::size_t got = 0;
  for (;;) {
    const auto n = ::read(ours.get(), heard.data() + got, heard.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail(Errc::internal, "the planter did not end well");
  KW_TRY(const auto word, schema::parse<v1::DrillPlanterWord>(ByteView(heard).first(got), kMostPlanted));
  if (!word.trouble().empty()) return fail(Errc::unavailable, word.trouble());
  if (word.plantings_size() != word.masked_size()) return fail(Errc::internal, "the planter said too little");
  Planted out;
  out.life = std::move(life);
  out.session = word.session();
  out.clipboard = word.clipboard();
  for (int i = 0; i < word.plantings_size(); ++i)
    out.canaries.push_back({word.plantings(i), copy(bytes_of(word.masked(i)))});
  return out;
}

bool end_clipboard(pid_t holder) {
  if (holder <= 0) return false;
  int status = 0;
  const auto gone = ::waitpid(holder, &status, WNOHANG);
  if (gone == holder || (gone < 0 && errno == ECHILD)) return false;
  ::kill(holder, SIGKILL);
  while (::waitpid(holder, &status, 0) < 0 && errno == EINTR) {
  }
  return true;
}

}  // namespace kw::drill

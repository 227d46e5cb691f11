#include "drill/drill_main.h"

#include <sys/prctl.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/random.h"
#include "drill/guard_talk.h"
#include "drill/plant.h"
#include "drill/search.h"
#include "platform/linux/account.h"
#include "platform/linux/helper_program.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/system_clock.h"

namespace kw::drill {
namespace {

constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
constexpr std::uint32_t kUsualMibS = 20;

Result<v1::DrillReport> search(const v1::DrillTask& task, const Planted& planted, const device::NeedleMask& mask,
                               GuardTalk& guard) {
  device::Needles needles(mask);
  for (const auto& one : planted.canaries)
    if (one.told.planted()) KW_CHECK(needles.add(one.told.canary(), one.masked));
  device::DrillTally tally;
  if (planted.clipboard != 0) {
    tally.searched("clipboard", 0);
    if (end_clipboard(planted.clipboard))
      tally.found("clipboard", v1::DrillPlanting::CLIPBOARD, task.display(), 0, false);
  }
  const SearchTools tools{needles, tally, [&guard](Duration rest) { return guard.breathe(rest); }};
  std::set<std::uint32_t> users;
  for (const auto& user : task.users())
    if (const auto account = platform::find_account(user); account && account->uid != 0) users.insert(account->uid);
  const auto processes = processes_of(task.guard(), users);
  KW_CHECK(search_memory(tools, processes));
  KW_CHECK(search_open_files(tools, processes));
  KW_CHECK(search_segments(tools));
  KW_CHECK(search_tmpfs(tools));
  for (const auto& one : task.logs()) KW_CHECK(search_tree(tools, "logs", one));
  if (!task.state().empty()) KW_CHECK(search_tree(tools, "state", task.state()));
  const BlockLimits limits{task.disk_mib() * kMib, (task.disk_mib_s() == 0 ? kUsualMibS : task.disk_mib_s()) * kMib};
  KW_CHECK(search_swap(tools, limits));
  std::vector<std::string> places{task.caches().begin(), task.caches().end()};
  places.insert(places.end(), task.temporary().begin(), task.temporary().end());
  places.insert(places.end(), task.logs().begin(), task.logs().end());
  places.insert(places.end(), {task.state(), task.print_spool()});
  std::erase_if(places, [](const auto& one) { return one.empty() || one.find('*') != std::string::npos; });
  KW_CHECK(search_blocks(tools, places, limits));
  auto out = tally.report();
  for (const auto& one : planted.canaries) *out.add_plantings() = one.told;
  return out;
}

Result<> run() {
  KW_CHECK(platform::refuse_debuggers());
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return platform::fail_os("become a reaper");
  GuardTalk guard;
  KW_TRY(const auto first, guard.hear());
  if (!first.has_task()) return fail(Errc::malformed, "the guard's first word");
  crypto::SystemRandom random;
  const platform::SystemClock clock;
  device::NeedleMask mask{};
  random.fill(mask);
  const auto began = clock.now();
  KW_TRY(const auto planted, plant(first.task(), mask, random));
  v1::DrillNews news;
  news.mutable_planted()->set_session(planted.session);
  guard.say(std::move(news));
  KW_TRY(const auto second, guard.hear());
  if (!second.has_search()) return fail(Errc::malformed, "the guard's second word");
  KW_TRY(auto report, search(first.task(), planted, mask, guard));
  report.set_began_ns(began.unix_ns);
  report.set_ended_ns(clock.now().unix_ns);
  v1::DrillNews last;
  *last.mutable_report() = std::move(report);
  guard.say(std::move(last));
  return {};
}

}  // namespace

int drill_main(const std::vector<std::string>& words, std::ostream& err) {
  const auto user = platform::begin_helper(words, "kioskward-drill");
  if (!user) {
    err << "kioskward-drill: " << user.error().detail() << "\n";
    return 2;
  }
  const auto done = run();
  if (done || done.code() == Errc::closed) return 0;
  err << "kioskward-drill: " << done.error().text() << "\n";
  v1::DrillNews trouble;
  trouble.mutable_trouble()->set_detail(clean_text(done.error().detail(), 512));
  GuardTalk().say(std::move(trouble));
  return 1;
}

}  // namespace kw::drill

#include "agent/defence/system_drill.h"

#include "base/text.h"
#include "crypto/sm3.h"
#include "device/drill/boundary.h"
#include "device/drill/report.h"
#include "platform/linux/durable_file.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr HelperLine::Pace drill_pace() {
  HelperLine::Pace out;
  // It plants with one thread, and a back end may take its time.
  out.silence = std::chrono::seconds(90);
  out.most_packet = kMostDrillPacket;
  return out;
}

constexpr auto kDrillDay = std::chrono::hours(24);

}  // namespace

SystemDrill::SystemDrill(Ports ports) : ports_(std::move(ports)), line_(drill_pace(), *this) {}

void SystemDrill::start(DefenceHost& host, Hooks hooks) {
  host_ = &host;
  hooks_ = std::move(hooks);
  line_.use(host);
  quiet_since_ = host.now().steady;
}

void SystemDrill::configure(const v1::SystemPolicy& policy) {
  policy_ = policy;
  if (policy_.mode() == v1::OFF && step_ != Step::idle) failed("section system was switched off");
}

Result<> SystemDrill::begin() {
  if (!ports_.starter) return fail(Errc::unsupported, "no drills here");
  if (policy_.mode() == v1::OFF) return fail(Errc::wrong_state, "section system is off");
  if (step_ != Step::idle) return fail(Errc::wrong_state, "a drill is under way");
  if (hooks_.session_open()) return fail(Errc::wrong_state, "a session is under way");
  step_ = Step::planting;
  step_since_ = host_->now().steady;
  const bool by_api = !ports_.places.api_host.empty() && !policy_.drill().matter().empty();
  directory_ = by_api ? std::string() : hooks_.begin_session();
  host_->log().info("drill.begun", {{"local_api", by_api ? "true" : "false"}});
  line_.begin();
  return {};
}

std::string SystemDrill::result() const { return step_ == Step::idle ? last_ : "running"; }

void SystemDrill::session_seen() { quiet_since_ = host_->now().steady; }

void SystemDrill::tick(Timestamp last) {
  const auto now = host_->now();
  if (ports_.starter) ports_.starter->tidy();
  if (step_ != Step::idle) {
    line_.tick();
    if (step_ != Step::purging) return;
    const auto since = now.steady - step_since_;
    if (since < kSettle || (!hooks_.purged() && since < kPurging)) return;
    step_ = Step::searching;
    v1::DrillCommand command;
    command.mutable_search();
    line_.say(encode_drill(std::move(command)));
    return;
  }
  const auto days = policy_.drill().days();
  if (days == 0 || policy_.mode() == v1::OFF || !ports_.starter || now.steady < next_try_) return;
  // A clock that was set back does not put the next drill off for ever.
  if (now.utc >= last && now.utc - last < days * kDrillDay) return;
  if (hooks_.session_open()) session_seen();
  if (now.steady - quiet_since_ < kQuiet) return;
  next_try_ = now.steady + kAgain;
  if (const auto done = begin(); !done) host_->log().warning("drill.not_begun", {{"error", done.error().text()}});
}

v1::DrillTask SystemDrill::task() const {
  const auto& places = ports_.places;
  v1::DrillTask out;
  for (const auto& user : hooks_.users()) out.add_users(user);
  out.set_directory(directory_);
  if (!policy_.drill().matter().empty()) {
    out.set_api_host(places.api_host);
    out.set_api_port(places.api_port);
    out.set_token_file(places.token_file);
    out.set_matter(policy_.drill().matter());
  }
  for (const auto& cache : policy_.caches()) out.add_caches(cache.path());
  for (const auto& one : places.temporary) out.add_temporary(one);
  for (const auto& one : places.logs) out.add_logs(one);
  out.set_shared_memory(places.shared_memory);
  out.set_print_spool(places.print_spool);
  out.set_state(places.state);
  out.set_disk_mib(policy_.drill().disk_mib());
  out.set_disk_mib_s(policy_.drill().disk_mib_s());
  out.set_guard(places.guard);
  out.set_display(places.display);
  out.set_cookie(places.cookie);
  return out;
}

Result<std::unique_ptr<HelperProcess>> SystemDrill::start_process() { return ports_.starter->start(); }

void SystemDrill::said_first() {
  v1::DrillCommand command;
  *command.mutable_task() = task();
  line_.say(encode_drill(std::move(command)));
}

void SystemDrill::ask() {
  v1::DrillCommand command;
  command.mutable_ask();
  line_.say(encode_drill(std::move(command)));
}

Result<> SystemDrill::heard(ByteView packet) {
  KW_TRY(const auto news, parse_drill_news(packet));
  switch (news.body_case()) {
    case v1::DrillNews::kPlanted:
      if (step_ != Step::planting) return fail(Errc::malformed, "planted twice");
      planted(news.planted());
      break;
    case v1::DrillNews::kReport:
      if (step_ != Step::searching) return fail(Errc::malformed, "a report that nobody asked for");
      reported(news.report());
      break;
    case v1::DrillNews::kTrouble:
      return fail(Errc::unavailable, news.trouble().detail());
    default:
      break;
  }
  return {};
}

void SystemDrill::planted(const v1::DrillPlanted& news) {
  step_ = Step::purging;
  step_since_ = host_->now().steady;
  // The local API's own session ends by itself: the link process has told the guard, or does in a moment.
  if (!news.session()) hooks_.end_session();
}

void SystemDrill::reported(const v1::DrillReport& report) {
  step_ = Step::idle;
  const auto octets = schema::serialise(report);
  const auto digest = to_hex(crypto::sm3(octets));
  if (const auto dir = host_->state_path("system"); !dir)
    host_->log().error("drill.not_kept", {{"error", dir.error().text()}});
  else if (const auto kept = platform::write_file_durably(*dir + "/drill", octets, 0600); !kept)
    host_->log().error("drill.not_kept", {{"error", kept.error().text()}});
  auto events = drill_events(report, digest);
  const auto id = make_raw_id(host_->now().utc, host_->random());
  events.front().set_id(copy_text(id));
  for (auto& event : events) host_->record(std::move(event));
  last_ = std::string(report.hits_in_all() == 0 ? "clean " : "found ") + to_hex(id) + "\n" + drill_table(report) +
          "report " + digest;
  hooks_.done(host_->now().utc);
}

void SystemDrill::lost(const std::string& why) {
  if (step_ == Step::idle) return line_.end();  // it has said all that it had to
  failed(why);
}

void SystemDrill::not_started(const Error& why) { failed(why.detail()); }

void SystemDrill::failed(const std::string& why) {
  line_.end();
  const auto step = std::exchange(step_, Step::idle);
  next_try_ = host_->now().steady + kAgain;
  host_->log().error("drill.failed", {{"reason", why}});
  host_->record(defence_event("privacy.drill.failed", "failed", {{"reason", clean_text(why, 256)}}));
  last_ = "failed " + clean_text(why, 256);
  // What was planted goes as everything of a session does.
  if (step == Step::planting) hooks_.end_session();
}

}  // namespace kw::agent

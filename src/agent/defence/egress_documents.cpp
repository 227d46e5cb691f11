#include "agent/defence/egress_documents.h"

#include <unistd.h>

#include <algorithm>

#include "agent/defence/scan_events.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr auto kWait = std::chrono::seconds(20), kPassTime = std::chrono::seconds(60);
constexpr std::uint64_t kUsualDocumentMib = 16, kQuarantineMib = 512, kDocumentGuardTicks = 10, kDocumentOldTicks = 3600;
constexpr std::uint32_t kUsualDocumentDays = 90;

}  // namespace

bool EgressDocuments::on() const {
  return (policy_.mode() == v1::WATCH || policy_.mode() == v1::ENFORCE) && policy_.folders_size() > 0;
}

bool EgressDocuments::holds() const {
  return !enforcing() || !on() || (open_ && unguarded_.empty() && (desk_.is_open() || !policy_.quarantine()));
}

void EgressDocuments::start(DefenceHost& host) {
  host_ = &host;
  alive_ = std::make_shared<bool>(true);
  desk_.start(
      host, [this] { use_rules(); }, [this] { tell_facts(); });
}

void EgressDocuments::stop() {
  if (!std::exchange(*alive_, false)) return;
  close();
  desk_.stop();
  pass_.stop();
  worker_.stop();
}

ScanRules EgressDocuments::rules() const {
  ScanRules out;
  out.mode = policy_.mode();
  out.wait = kWait;
  // Late, failed and unreadable are one thing to whoever waits: nobody has read the document.
  out.allow_late = out.allow_down = out.allow_limited = policy_.when_unreadable() == v1::ALLOW_UNJUDGED;
  out.most_octets = std::uint64_t{policy_.most_file_mib() == 0 ? kUsualDocumentMib : policy_.most_file_mib()} << 20;
  out.restored = desk_.restored();
  return out;
}

Result<> EgressDocuments::configure(const v1::EgressPolicy& policy) {
  const auto gone = std::ranges::any_of(policy_.folders(), [&](const auto& folder) {
    return std::ranges::find(policy.folders(), folder) == policy.folders().end();
  });
  policy_ = policy;
  if (gone && std::exchange(open_, false)) ports_.gate->stop();  // it is opened anew, for the folders that are left
  if (!on()) {
    close();
    return {};
  }
  std::string words;
  for (const auto& word : policy_.words()) words += word + "\n";
  const bool reworded = std::exchange(words_, words) != words;
  ports_.scanner->use(words_);
  if (reworded) ports_.contents->forget();
  open_vault();
  const auto opened = open_gate();
  if (open_ && reworded) ports_.gate->scanner(::getpid(), true);
  use_rules();
  guard_folders();
  if (open_) read_folders();
  tell_facts();
  return opened;
}

Result<> EgressDocuments::open_gate() {
  if (open_) return {};
  KW_CHECK(ports_.gate->start([alive = alive_, host = host_, this](ScanNews news) {
    host->post([alive, this, news = std::move(news)]() mutable {
      if (*alive) hear(std::move(news));
    });
  }));
  open_ = true;
  ports_.gate->scanner(::getpid(), false);  // the reader opens nothing: it is handed what it reads
  return {};
}

void EgressDocuments::close() {
  pass_.cancel();
  if (std::exchange(open_, false)) ports_.gate->stop();
  unguarded_.clear();
  found_.clear();
  unread_.clear();
}

void EgressDocuments::use_rules() {
  if (open_) ports_.gate->use(std::make_shared<ScanRules>(rules()));
}

void EgressDocuments::guard_folders() {
  if (!open_) return;
  std::set<std::string> unguarded;
  for (const auto& folder : policy_.folders()) {
    const auto done = ports_.gate->guard(folder);
    if (done) continue;
    unguarded.insert(folder);
    if (!unguarded_.contains(folder))
      host_->log().warning("egress.not_guarded", {{"folder", folder}, {"error", done.error().text()}});
  }
  // A folder that comes later may have come with something in it.
  const bool more = std::ranges::any_of(unguarded_, [&](const auto& folder) { return !unguarded.contains(folder); });
  unguarded_ = std::move(unguarded);
  if (more) read_folders();
}

void EgressDocuments::open_vault() { desk_.open({kQuarantineMib << 20, rules().most_octets}); }

void EgressDocuments::tick() {
  if (!on()) return;
  ++ticks_;
  const auto now = host_->now().steady;
  if (!open_ && open_gate()) {
    use_rules();
    guard_folders();
    read_folders();
  }
  if (ticks_ % kDocumentGuardTicks == 0 || !unguarded_.empty()) guard_folders();
  if (!desk_.is_open()) open_vault();
  for (const auto& one : found_.due(now)) tell_found(one.last, one.count);
  for (const auto& one : unread_.due(now)) tell_unread(one.last, one.count);
  if (ticks_ % kDocumentOldTicks == 1) desk_.discard_old(policy_.keep_days() == 0 ? kUsualDocumentDays : policy_.keep_days());
  tell_facts();
}

// ---- what lies there already ------------------------------------------------------------------------------------

void EgressDocuments::read_folders() {
  pass_.cancel();
  FileTree::Which which{{policy_.folders().begin(), policy_.folders().end()}, {}, rules().most_octets, kPassTime};
  pass_.add([alive = alive_, host = host_, this, which, restored = rules()](const CancellableWorker::Stop& stop) {
    const auto each = [&](FileTree::Looked looked) {
      if (!looked.result || !ScanGate::harmful(*looked.result, restored)) return;
      FoundTold told;
      told.file = {FileUse::pass, false, 0, looked.path, looked.file, looked.result->reply.name, looked.result->digest};
      host->post([alive, this, told = std::move(told)]() mutable {
        if (*alive && on()) found(std::move(told));
      });
    };
    const auto done = ports_.tree->scan(which, each, stop);
    if (!done && done.code() != Errc::cancelled)
      host->post([alive, host, text = done.error().text()] {
        if (*alive) host->log().warning("egress.folders_not_read", {{"error", text}});
      });
  });
}

// ---- what the gate tells ----------------------------------------------------------------------------------------

void EgressDocuments::hear(ScanNews news) {
  if (!on()) return;
  const auto now = host_->now().steady;
  if (auto* told = std::get_if<FoundTold>(&news)) return found(std::move(*told));
  if (auto* told = std::get_if<UnjudgedTold>(&news)) {
    const auto key = told->file.path + (told->file.refused ? "!" : "");
    if (const auto one = unread_.add(key, std::move(*told), now)) tell_unread(one->last, one->count);
    return;
  }
  const auto* lost = std::get_if<ScanGateLost>(&news);
  const std::string reason = lost != nullptr ? lost->reason : "the kernel's queue was full";
  host_->log().error("egress.gate_lost", {{"reason", reason}});
  host_->record(defence_event("egress.gate.lost", "failed", {{"reason", reason}}));
  if (lost != nullptr && std::exchange(open_, false)) ports_.gate->stop();  // tick() opens it again
}

void EgressDocuments::found(FoundTold told) {
  if (enforcing() && policy_.quarantine()) desk_.take(told.file);
  ++marked_;
  const auto key = found_key(told);
  if (const auto one = found_.add(key, std::move(told), host_->now().steady)) tell_found(one->last, one->count);
}

void EgressDocuments::tell_found(const FoundTold& told, std::uint64_t count) {
  host_->record(found_event("egress.document.marked", "marking", told, count));
}

void EgressDocuments::tell_unread(const UnjudgedTold& told, std::uint64_t count) {
  host_->record(unjudged_event("egress.document.unreadable", told, count));
}

Result<> EgressDocuments::order(const v1::Order& order) {
  if (!on()) return fail(Errc::wrong_state, "no folders are scanned");
  return desk_.order(order);
}

void EgressDocuments::tell_facts() {
  std::string unguarded;
  for (const auto& folder : unguarded_) unguarded += (unguarded.empty() ? "" : " ") + folder;
  host_->fact("egress.documents.gate", open_ ? "open" : "closed", "fanotify");
  host_->fact("egress.documents.unguarded", scan_path(unguarded), "fanotify");
  host_->fact("egress.documents.marked", std::to_string(marked_), "gate");
  host_->fact("egress.documents.quarantined", std::to_string(desk_.items()), "quarantine");
}

}  // namespace kw::agent

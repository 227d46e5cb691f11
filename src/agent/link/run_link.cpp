#include "agent/link/run_link.h"

#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>

#include "agent/app/app_server.h"
#include "agent/app/reader_thread.h"
#include "agent/identity/device_key.h"
#include "agent/link/guard_side.h"
#include "agent/link/spool_watch.h"
#include "agent/notice/notice_page.h"
#include "agent/status.h"
#include "base/host_port.h"
#include "base/reader.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "platform/linux/evdev_code_reader.h"
#include "platform/linux/os_error.h"
#include "platform/linux/privileges.h"
#include "platform/linux/process_memory.h"
#include "platform/linux/serial_card_reader.h"
#include "platform/linux/system_clock.h"

namespace kw::agent {
namespace {

namespace asio = boost::asio;
using Arena = Result<std::unique_ptr<platform::SecretArena>>;
constexpr int kChannel = 0, kSeal = 1;
constexpr std::size_t kMostSealSecret = 64;
// A link process whose guard was killed may still be telling the platform; it holds the spool until then.
constexpr auto kSpoolPatience = std::chrono::seconds(13);
constexpr int kSpoolRetryMs = 50;
constexpr auto kStartOver = std::chrono::seconds(20);  // admission and what waited for it

Result<> give_up_power(const LinkArguments& arguments) {
  if (::chdir(arguments.directory.c_str()) != 0) return platform::fail_os("enter " + arguments.directory);
  if (!arguments.user.empty()) {
    KW_TRY(const auto account, platform::find_account(arguments.user));
    KW_CHECK(platform::become(account));
  } else {
    KW_CHECK(platform::drop_capabilities());
  }
  KW_CHECK(platform::refuse_debuggers());
  return platform::narrow_system_calls();
}

Result<Bytes> read_exactly(int fd, std::size_t n) {
  Bytes out(n);
  for (std::size_t got = 0; got < n;) {
    const auto part = ::read(fd, out.data() + got, n - got);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return platform::fail_os("read from the guard");
    if (part == 0) return fail(Errc::closed, "the guard is gone");
    got += static_cast<std::size_t>(part);
  }
  return out;
}

Result<SecretBytes> read_seal() {
  std::array<Byte, kMostSealSecret> octets{};
  std::size_t got = 0;
  while (got < octets.size()) {
    const auto n = ::read(kSeal, octets.data() + got, octets.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("read the seal");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  ::close(kSeal);
  auto out = SecretBytes::copy_of(ByteView(octets.data(), got));
  ::explicit_bzero(octets.data(), octets.size());
  if (got == 0) return fail(Errc::closed, "no seal");
  return out;
}

/// The first message, read before anything else exists.
Result<v1::LinkSetup> read_setup() {
  KW_TRY(const auto head, read_exactly(kChannel, 4));
  KW_TRY(const auto length, Reader(head).u32());
  if (length > kMostFrame) return fail(Errc::too_large, "setup");
  KW_TRY(const auto body, read_exactly(kChannel, length));
  KW_TRY(auto message, parse_guard_message(body));
  if (!message.has_setup()) return fail(Errc::malformed, "the guard does not begin with a setup");
  return std::move(*message.mutable_setup());
}

Result<std::unique_ptr<PosixFiles>> open_spool_files(const StateDirectory& state) {
  const auto give_up = std::chrono::steady_clock::now() + kSpoolPatience;
  while (true) {
    auto files = PosixFiles::open(state.spool_path());
    if (files || files.code() != Errc::conflict || std::chrono::steady_clock::now() > give_up) return files;
    pollfd guard{kChannel, 0, 0};
    if (::poll(&guard, 1, kSpoolRetryMs) > 0) return fail(Errc::closed, "the guard is gone");
  }
}

/// Whether an event of the guard's says that the kiosk's user has gone.
bool ends_business(const v1::Event& event) {
  return event.type() == "shell.ended" || event.type() == "shell.renewed" || event.type() == "shell.lost";
}

NoticeState notice_of(const v1::GuardState& state) {
  NoticeState out;
  out.cut = state.state() == v1::CUT;
  out.watching = state.watching();
  out.watched = state.camera_watched_until_ns() > 0;
  out.ledger_refused = state.ledger_refused();
  if (out.cut) {
    out.case_id = to_hex(bytes_of(state.case_id()));
    out.cause = state.cause();
    out.since = {state.cut_since_ns()};
  }
  return out;
}

/// Everything of the process that has parts which point at each other.
class LinkProgram {
 public:
  LinkProgram(const StateDirectory& state, const v1::LinkSetup& setup, const Identity& identity, LedgerWitness witness,
              Spool& spool, Arena arena, Log& log)
      : arena_(std::move(arena)),
        state_(state),
        setup_(setup),
        log_(log),
        device_(identity.device),
        spool_(spool),
        events_(spool, clock_, random_, log),
        guard_(io_.get_executor(), {}, {events_, spool, clock_, log}),
        link_(io_.get_executor(), options_of(setup), identity, std::move(witness), guard_,
              {spool, events_, clock_, random_, log}),
        spool_watch_(io_.get_executor(), state.spool_path()) {
    guard_.attach(&link_);
    events_.on_stored([this](std::uint64_t through) {
      asio::post(io_, [this, through] {
        guard_.stored(through);
        link_.nudge();
      });
    });
  }

  Result<> run(bool lost_told) {
    if (auto watching = spool_watch_.start([this] { look_at_spool(); }); !watching)
      log_.error("spool.not_watched", {{"error", watching.error().text()}});
    start_windows();
    start_app();
    start_over_.expires_after(kStartOver);
    start_over_.async_wait([](const boost::system::error_code& ec) {
      if (!ec) platform::let_go_of_code();
    });
    GuardSide::Hooks hooks;
    hooks.on_state = [this](const v1::GuardState& state) {
      if (page_) page_->show(notice_of(state));
      if (app_) app_->desk().cut(state.state() == v1::CUT);
    };
    hooks.on_event = [this](const v1::Event& event) {
      if (app_ && ends_business(event)) app_->desk().session_over("shell_ended");
    };
    hooks.on_alone = [this](bool alone) { on_alone(alone); };
    hooks.on_end = [this](Error why) { end(std::move(why)); };
    auto channel =
        std::make_unique<Channel>(io_.get_executor(), platform::UniqueFd(kChannel),
                                  Channel::Handlers{[this](Bytes frame) { return guard_.on_frame(std::move(frame)); },
                                                    [this](const Error& why) { guard_.on_gone(why); }});
    auto* opened = channel.get();
    guard_.start(std::move(channel), lost_told, std::move(hooks));
    opened->start();
    asio::co_spawn(io_, link_.run(), [this](const std::exception_ptr& thrown) {
      link_ended_ = true;
      if (end_) io_.stop();
      if (thrown) std::rethrow_exception(thrown);
    });
    // Values of sessions pass through calls of the work done here.
    while (io_.run_one() > 0) wipe_stack();
    events_.on_stored({});
    if (!events_.wait_stored(std::chrono::seconds(2))) log_.error("link.events_lost", {});
    if (end_ && end_->code() != Errc::cancelled) return *end_;
    return {};
  }

 private:
  static LinkOptions options_of(const v1::LinkSetup& setup) {
    LinkOptions out;
    out.server = net::Target(setup.server_host(), static_cast<std::uint16_t>(setup.server_port()));
    for (const auto& text : setup.witnesses())
      if (const auto at = parse_host_port(text)) out.witnesses.emplace_back(at->host, at->port);
    return out;
  }

  void start_windows() {
    NoticeOptions notice;
    notice.address = setup_.notice_host();
    notice.port = static_cast<std::uint16_t>(setup_.notice_port());
    notice.custodian_phone = setup_.custodian_phone();
    notice.patience = std::chrono::milliseconds(setup_.notice_patience_ms());
    auto page = NoticePage::start(
        io_.get_executor(), notice, {log_, clock_, random_},
        {[this](const std::string& id, std::string_view display) { guard_.notice_shown(id, display); },
         [this] {
           // The end of a session that there is is told by it.
           if (app_ && app_->desk().has_session()) return app_->desk().session_over("done");
           guard_.session_ended();
         }});
    if (page)
      page_ = std::move(*page);
    else
      log_.error("notice.unavailable", {{"error", page.error().text()}});
    auto status = StatusSocket::open(io_.get_executor(), state_.socket_path(),
                                     [this] { return guard_.status_json(spool_.waiting()); });
    if (status)
      status_ = std::move(*status);
    else
      log_.error("status.unavailable", {{"error", status.error().text()}});
  }

  void start_app() {
    if (!setup_.has_app()) return;
    AppServerOptions options;
    options.address = setup_.app().host();
    options.port = static_cast<std::uint16_t>(setup_.app().port());
    options.origins = {setup_.app().origins().begin(), setup_.app().origins().end()};
    options.desk.token = setup_.app().token();
    options.desk.device = device_;
    options.desk.idle = std::chrono::milliseconds(setup_.app().idle_ms());
    auto app = AppServer::start(io_.get_executor(), options, link_.business(), events_, {log_, clock_, random_},
                                open_values(), &guard_, open_readers());
    if (app)
      app_ = std::move(*app);
    else
      log_.error("app.unavailable", {{"error", app.error().text()}});
  }

  /// Sessions hold values where there are a catalogue that loads and memory for them.
  ValueDesk::Ports open_values() {
    if (setup_.app().catalogue().empty()) return {};
    auto book = matters::MatterBook::load(setup_.app().catalogue());
    if (!book || !arena_) {
      log_.error("app.no_values", {{"error", (book ? arena_.error() : book.error()).text()}});
      return {};
    }
    book_.emplace(std::move(*book));
    ::malloc_trim(0);  // reading it took many times what it is
    values_.emplace(**arena_);
    const std::string memory(platform::name(values_->memory()));
    guard_.show_values(memory);
    log_.info("app.values", {{"memory", memory}, {"matters", std::to_string(book_->data().matters().size())}});
    return {&*book_, &*values_};
  }

  /// Cards and codes become values: without values there is nothing to read for.
  SessionReader* open_readers() {
    if (!setup_.app().card_reader().empty()) card_.emplace(setup_.app().card_reader());
    if (!setup_.app().code_reader().empty()) code_.emplace(setup_.app().code_reader());
    reader_.emplace(io_.get_executor(), ReaderThread::Ports{card_ ? &*card_ : nullptr, code_ ? &*code_ : nullptr});
    return &*reader_;
  }

  void on_alone(bool alone) {
    const auto noted = alone ? state_.write(StateFile::guard_lost, {}) : state_.remove(StateFile::guard_lost);
    if (!noted) log_.error("guard_lost.not_noted", {{"error", noted.error().text()}});
    if (!guard_.watch().is_gone()) return;
    if (app_) app_->stop();
    app_.reset();
    page_.reset();  // the next guard's link process needs the port
    status_.reset();
  }

  void look_at_spool() {
    if (end_) return;
    auto missing = spool_.missing();
    if (missing && *missing == 0) return;
    // The newest segment is open, and can be read although its name is gone.
    std::uint64_t rescued = 0;
    for (auto from = spool_.acknowledged() + 1;;) {
      auto events = spool_.read_from(from, kMostEventsInFrame);
      if (!events || events->empty()) break;
      from = events->back().sequence() + 1;
      rescued += events->size();
      guard_.give_back(*events);
    }
    const auto waiting = spool_.waiting();
    const auto lost = waiting > rescued ? waiting - rescued : 0;
    log_.error("spool.removed", {{"lost", std::to_string(lost)}, {"rescued", std::to_string(rescued)}});
    guard_.ending("spool_removed", "files of the spool are gone", lost);
    end(Error(Errc::corrupt, "the spool was removed"));
  }

  void end(Error why) {
    if (end_) return;
    end_ = std::move(why);
    if (app_) app_->stop();
    link_.stop();
    spool_watch_.stop();
    start_over_.cancel();
    if (link_ended_) return io_.stop();
    patience_.expires_after(std::chrono::seconds(2));
    patience_.async_wait([this](const boost::system::error_code& ec) {
      if (!ec) io_.stop();
    });
  }

  const Arena arena_;
  const StateDirectory& state_;
  const v1::LinkSetup& setup_;
  Log& log_;
  const DeviceId device_;
  Spool& spool_;
  platform::SystemClock clock_;
  crypto::SystemRandom random_;
  asio::io_context io_{1};
  EventLog events_;
  GuardSide guard_;
  PlatformLink link_;
  SpoolWatch spool_watch_;
  std::unique_ptr<NoticePage> page_;
  std::optional<matters::MatterBook> book_;
  std::optional<SessionValues> values_;
  std::optional<platform::SerialCardReader> card_;
  std::optional<platform::EvdevCodeReader> code_;
  std::optional<ReaderThread> reader_;
  std::unique_ptr<AppServer> app_;
  std::unique_ptr<StatusSocket> status_;
  asio::steady_timer patience_{io_}, start_over_{io_};
  std::optional<Error> end_;
  bool link_ended_ = false;
};

}  // namespace

Result<> run_link(const LinkArguments& arguments, Log& log) {
  ::prctl(PR_SET_NAME, "kioskward-link", 0, 0, 0);
  // The service manager's signals go to the whole group; this process ends when the guard says so, or is gone.
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, SIG_IGN);
  auto arena = platform::SecretArena::make(SessionValues::kArena);  // as another user, the limit may be too low
  KW_CHECK(give_up_power(arguments));
  KW_TRY(const auto seal, read_seal());
  KW_TRY(const auto setup, read_setup());
  KW_TRY(const auto state, StateDirectory::open_links("."));
  KW_TRY(const auto key, open_device_key(state, seal));
  KW_TRY(auto spool_key, open_spool_key(state, seal));
  KW_TRY(const auto identity, read_identity(bytes_of(setup.identity()), bytes_of(setup.pinned_ca()), key));
  KW_TRY(auto files, open_spool_files(state));
  crypto::SystemRandom random;
  KW_TRY(auto spool, Spool::open(*files, std::move(spool_key), random, {}));
  KW_TRY(auto witness, LedgerWitness::load(state, identity.ledger_key));
  KW_TRY(const auto lost, state.read(StateFile::guard_lost));
  KW_CHECK(state.remove(StateFile::guard_lost));
  LinkProgram program(state, setup, identity, std::move(witness), *spool, std::move(arena), log);
  return program.run(lost.has_value());
}

}  // namespace kw::agent

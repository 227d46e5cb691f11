#pragma once
// AppDesk is the business session of a kiosk: at most one, of whichever program has shown the token.
//
//   state    | begin            | begun / refused   | step, request | end, idle, page gone, shell's end, stop
//   none     | -> opening       |                   | no_session    |
//   opening  | busy             | -> open / -> none | no_session    | -> none as soon as it has begun
//   open     | busy             |                   | stays         | -> none, told
//
//   file     | put_file at 0 | the next part        | another part        | drop_file, silence, page gone, end
//   none     | -> coming     |                      | upload_unknown      | upload_unknown
//   coming   | busy          | stays, last: -> none | upload_order, -> none | -> none, the platform told
//   Whatever refuses a part, here or there: -> none.
//
// A connection that goes leaves the session open for `grace`: the next page takes it up by its handle ("resume"). Each
// step and request is a span of the session's trace and an event; ids are random, and nothing of a request but its
// outcome is kept. Its directory for temporary files is made before it begins and goes with it. What the kiosk
// refuses by itself (cut off, no link, too much) is refused at once. Not thread-safe; tick() every second or so. A
// token that an identity authority gave is passed on and kept nowhere; its nonce names this kiosk and this
// connection's salt, which is good for one beginning. Values of the session's person are in secret memory for as long
// as the session is there (session_values.h); what leaves for the vault is what the data catalogue calls stored, and
// every whole value that is shown is an event (value_desk.h).
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "agent/app/app_message.h"
#include "agent/app/session_place.h"
#include "agent/app/value_desk.h"
#include "agent/events.h"
#include "agent/link/business_road.h"
#include "base/bytes.h"
#include "base/id.h"

namespace kw::agent {

class AppDesk {
 public:
  struct Options {
    std::string token;
    DeviceId device;                               // what nonces for identity authorities are made of
    Duration idle = std::chrono::minutes(2);       // without a message
    Duration grace = std::chrono::seconds(10);     // without a connection
    Duration greeting = std::chrono::seconds(5);   // from a connection to its token
    Duration challenge = std::chrono::minutes(5);  // from a nonce to the beginning that its token comes with
  };
  struct Ports {
    BusinessRoad& road;
    EventSink& events;
    const Clock& clock;
    Random& random;
    ValueDesk::Ports values{};        // without them, no values and no vault
    SessionPlace* place = nullptr;    // null: sessions have none
    SessionReader* reader = nullptr;  // null: the kiosk reads neither cards nor codes
  };
  /// How a connection is spoken to; called while the desk is, never from a destructor.
  struct Peer {
    std::function<void(std::string)> send;
    std::function<void()> close;
  };
  using PeerId = std::uint64_t;
  static constexpr std::size_t kMostPerSecond = 100;                  // messages of one connection; more end it
  static constexpr Duration kAfterRefusal = std::chrono::seconds(1);  // until the next beginning is tried

  static constexpr std::chrono::seconds kVaultPatience{30}, kFilePatience{30};  // kFilePatience: between two parts

  AppDesk(Options options, Ports ports) : options_(std::move(options)), ports_(ports), values_(ports.values) {}
  ~AppDesk();
  AppDesk(const AppDesk&) = delete;
  AppDesk& operator=(const AppDesk&) = delete;

  PeerId open(Peer peer);
  void text(PeerId from, std::string_view text);
  void closed(PeerId peer);
  /// cut: whether the kiosk's network is cut off; requests are refused then.
  void cut(bool now) { cut_ = now; }
  /// session_over ends what there is: `reason` is a word of trail::is_reason.
  void session_over(const char* reason);
  void tick();
  [[nodiscard]] bool has_session() const noexcept { return session_.has_value(); }

 private:
  struct Caller {
    Peer peer;
    Duration since{0};
    bool greeted = false;
    Duration second{0};  // in which `messages` came
    std::size_t messages = 0;
    Bytes salt;  // of the newest nonce; empty: none, or it was used
    Duration salted{0};
  };
  struct Session {
    Bytes id, trace, span, step_span;  // step_span: of the step that is being taken
    std::string handle, matter, directory;
    PeerId peer = 0;  // 0: no connection
    Duration began{0}, heard{0}, step_began{0};
    std::optional<Duration> alone;  // since when no connection has it
    bool opening = true;
    bool reading = false;        // a card or a code is waited for
    const char* over = nullptr;  // to be ended as soon as it has begun
    std::uint64_t steps = 0, requests = 0, errors = 0;
  };
  /// One file on its way to the vault. Of its octets nothing: a part is passed on as it comes.
  struct Upload {
    Bytes case_id, span, parent;
    std::string field;
    std::uint64_t size = 0, taken = 0;
    bool begun = false, asked = false;  // the platform has heard of it; a part is with it
    Duration began{0}, heard{0};
  };
  void take(PeerId from, const AppHello& message);
  void take(PeerId from, const AppChallenge& message);
  void take(PeerId from, const AppBegin& message);
  void take(PeerId from, const AppResume& message);
  void take(PeerId from, const AppStep& message);
  void take(PeerId from, const AppRequest& message);
  void take(PeerId from, const AppEnd& message);
  void take(PeerId from, const AppPut& message);
  void take(PeerId from, const AppGet& message);
  void take(PeerId from, const AppDrop& message);
  void take(PeerId from, const AppRead& message);
  void take(PeerId from, const AppReveal& message);
  void take(PeerId from, const AppSubmit& message);
  void take(PeerId from, const AppCase& message);
  void take(PeerId from, const AppFind& message);
  void take(PeerId from, const AppRevealCase& message);
  void take(PeerId from, const AppRemoveCase& message);
  void take(PeerId from, const AppPutFile& message);
  void take(PeerId from, const AppDropFile& message);
  /// file_heard: what the platform says about a part that ends at `through`.
  void file_heard(PeerId from, std::int64_t id, std::uint64_t through, const v1::VaultAnswer& answer);
  /// file_over ends the file that is under way, if one is, and records it; `told`: the platform knows already.
  void file_over(const char* result, const std::string& reason, bool told = false);
  /// to_vault sends what a message wants of the vault, and records what became of it; `act` is the message's type.
  void to_vault(PeerId from, std::int64_t id, const char* act, Session& session,
                ValueDesk::Or<v1::VaultRequest> request);
  /// read has the reader read; `done` is not called where the session is over by then, whose asker is told so.
  void read(PeerId from, std::int64_t id, ReadWish wish, std::function<void(Result<std::vector<SecretBytes>>)> done);
  void stop_reading();
  /// begin_with tells the platform of the session that is opening; its token, where there is one, with the newest salt.
  void begin_with(PeerId from, std::int64_t id, const std::string& identity_token);
  bool too_many(Caller& caller) const;
  /// mine is the session that a message names, and is allowed to use.
  Session* mine(PeerId from, std::int64_t id, const std::string& handle);
  void ask_for_session(PeerId from, std::int64_t id, const v1::SessionBegin& begin);
  void begun(PeerId from, std::int64_t id, const std::string& outcome);
  void record(const Session& session, std::string type, std::string result,
              std::initializer_list<std::pair<std::string, std::string>> params);
  void end(const char* reason);
  void send(PeerId to, std::string text);
  void refuse(PeerId to, std::int64_t id, std::string_view code, std::string_view detail = {});
  void drop(PeerId peer);
  [[nodiscard]] std::string micros_since(Duration then) const;

  Options options_;
  Ports ports_;
  ValueDesk values_;
  std::map<PeerId, Caller> callers_;
  std::optional<Session> session_;
  std::optional<Upload> upload_;  // of the session
  std::optional<Duration> refused_;
  PeerId next_ = 1;
  bool cut_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent

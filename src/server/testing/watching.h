#pragma once
// Watching is a platform with one kiosk whose camera is asked and answers, for tests of what is kept of it.
#include "server/media_service.h"
#include "server/testing/platform.h"

namespace kw::server::testing {

using namespace std::chrono_literals;

struct Watching : Platform {
  crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
  DeviceId device = approved(key);

  OrderId ask(const std::string& action, const std::map<std::string, std::string>& args = {}) {
    clock.advance(1s);
    v1::Order wanted;
    wanted.set_section("camera");
    wanted.set_action(action);
    for (const auto& [name, value] : args) (*wanted.mutable_args())[name] = value;
    return take(orders.action(device, wanted, "a case", security)).id;
  }
  OrderId ask_live(int seconds = 60) { return ask("live", {{"seconds", std::to_string(seconds)}}); }
  static v1::Media piece(const OrderId& order, const std::string& kind, std::uint64_t sequence, bool last,
                         const std::string& data) {
    v1::Media out;
    out.set_order_id(copy_text(order.bytes()));
    out.set_section("camera");
    out.set_kind(kind);
    out.set_content_type("image/jpeg");
    out.set_taken_ns(7);
    out.set_sequence(sequence);
    out.set_last(last);
    out.set_data(data);
    return out;
  }
  v1::MediaReport give(const v1::Media& one) { return take(media.take(device, one)); }
  std::string content(const OrderId& id) {
    const auto opened = take(media.read(id, "why", security, {}));
    std::string out;
    for (auto next = take(opened.pieces->next()); next; next = take(opened.pieces->next())) out += copy_text(*next);
    return out;
  }
  [[nodiscard]] std::filesystem::path file(const OrderId& id) const {
    return media_dir.path() / (id.text() + ".sealed");
  }
  v1::AuditEntry last(std::string_view type) {
    v1::AuditEntry out;
    for (const auto& entry : outbox())
      if (entry.type() == type) out = entry;
    return out;
  }
};

}  // namespace kw::server::testing

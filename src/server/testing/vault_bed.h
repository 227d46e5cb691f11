#pragma once
// VaultBed is the vault over a store in memory and a real ledger, with the shipped catalogue, and askers for it.
#include "server/link/vault_desk.h"
#include "server/testing/link_bed.h"
#include "server/vault/vault_house.h"

namespace kw::server::testing {

inline const matters::MatterBook& shipped_book() {
  static const auto book = take(matters::MatterBook::load(KW_SOURCE_DIR "/catalogue"));
  return book;
}

struct VaultBed {
  static constexpr auto kMatter = "residence-permit";
  LinkBed bed;
  Kiosk kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  TemporaryDirectory directory;
  Bytes secret = bed.platform.random.bytes(32);
  std::unique_ptr<VaultHouse> house = open();

  vault::RootKey root() const { return take(vault::RootKey::make({vault::KeyId(), 1}, SecretBytes::copy_of(secret))); }
  VaultHouse::Parts parts() {
    return {bed.platform.changes,       shipped_book(),          *bed.audit, bed.log, "platform",
            directory.path() / "vault", test_keys().ledger_key()};
  }
  std::unique_ptr<VaultHouse> open() { return take(VaultHouse::open(parts(), root())); }
  /// reopen is a restart of the platform: `clean` says whether it had time to anchor.
  void reopen(bool clean = true) {
    if (clean) good(house->watch().anchor());
    house.reset();
    house = open();
  }
  VaultService& service() { return house->service(); }

  /// person begins a session of somebody; empty: nobody knows who he is.
  VaultAsker person(const std::string& who) {
    store::BusinessSession session;
    session.id = *store::BusinessSessionId::from_bytes(bed.platform.random.bytes(16));
    session.device = kiosk.id;
    session.trace = *TraceId::from_bytes(bed.platform.random.bytes(16));
    session.span = bed.platform.random.bytes(8);
    session.matter = kMatter;
    session.began = session.heard = bed.platform.clock.now();
    if (!who.empty()) session.owner = bed.platform.subjects.applicant(bytes_of(who));
    good(bed.platform.store->write([&](store::Repositories& r) { return r.business().insert(session); }));
    VaultAsker out;
    out.session = session;
    out.site = site();
    out.district = "福田区";
    return out;
  }
  VaultAsker official(const std::string& role) const {
    VaultAsker out;
    out.actor = {"clerk", role, "00000000000000000000000000000002"};
    out.site = site();
    return out;
  }
  SiteId site() const {
    return take(bed.platform.store->read([&](store::Repositories& r) { return r.devices().get(kiosk.id); })).site;
  }
  std::size_t told(std::string_view type) { return bed.entries(std::string(type)).size(); }
};

inline NewCase new_case(const std::map<std::string, std::string>& values, const std::string& number = "A-1") {
  NewCase out;
  out.number = number;
  out.status = "accepted";
  for (const auto& [field, value] : values) out.values.emplace(field, SecretBytes::copy_of(bytes_of(value)));
  return out;
}
inline const std::map<std::string, std::string>& sample_values() {
  static const std::map<std::string, std::string> values{{"holder_name", "欧阳予倩"},
                                                         {"id_number", "11010519491231002X"},
                                                         {"phone", "13800138000"},
                                                         {"address", "广东省深圳市南山区深南大道1号"},
                                                         {"sex", "女"},
                                                         {"ground", "连续就读"},
                                                         {"valid_until", "2027-11-30"}};
  return values;
}
template <class T>
std::vector<T> one_of(T value) {
  std::vector<T> out;
  out.push_back(std::move(value));
  return out;
}

}  // namespace kw::server::testing

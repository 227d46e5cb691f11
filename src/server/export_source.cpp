#include "server/export_source.h"

#include "schema/codec.h"
#include "server/landing_desk.h"

namespace kw::server {
namespace {

/// Places looks each kiosk up once a read.
class Places {
 public:
  Places(store::Repositories& repositories, const Changes& changes) : repositories_(repositories), changes_(changes) {}
  Result<exports::Place> of(const std::string& device_id) {
    if (device_id.empty()) return exports::Place{};
    if (const auto known = known_.find(device_id); known != known_.end()) return known->second;
    KW_TRY(const auto id, DeviceId::from_bytes(bytes_of(device_id)));
    exports::Place out;
    auto device = repositories_.devices().get(id);
    if (device) {
      out.device_name = device->name;
      out.device_address = device->address.substr(0, device->address.find('/'));
      KW_TRY(const auto site, repositories_.sites().get(device->site));
      out.site = site.name;
      out.region = site.district;
      for (auto* text : {&out.device_name, &out.site, &out.region})
        *text = changes_.masked(LandingPlace::exported, *text);
    } else if (device.code() != Errc::not_found) {
      return device.error();
    }
    known_[device_id] = out;
    return out;
  }

 private:
  store::Repositories& repositories_;
  const Changes& changes_;
  std::map<std::string, exports::Place> known_;
};

}  // namespace

void ExportSource::mask(exports::Record& record) const {
  for (auto& [key, value] : record.params)
    if (schema::is_free_text(key)) value = changes_.masked(LandingPlace::exported, value);
}

Result<v1::AuditEntry> ExportSource::entry(std::uint64_t index) {
  KW_TRY(const auto octets, reader_.entry(index));
  return schema::parse<v1::AuditEntry>(octets, ledger::kMaxEntry);
}

Result<Timestamp> ExportSource::received(std::uint64_t index) {
  KW_TRY(const auto found, entry(index));
  return Timestamp{found.received_ns()};
}

Result<exports::Record> ExportSource::one(const exports::LedgerIdentity& ledger, std::uint64_t index,
                                          exports::PersonalForm personal) {
  return changes_.store().read([&](store::Repositories& repositories) -> Result<exports::Record> {
    KW_TRY(const auto found, entry(index));
    KW_TRY(auto place, Places(repositories, changes_).of(found.device_id()));
    auto out = exports::record_of(found, index, ledger, std::move(place), personal);
    mask(out);
    return out;
  });
}

Result<ExportSource::Found> ExportSource::read(const exports::Profile& profile, const exports::LedgerIdentity& ledger,
                                               std::uint64_t from, std::uint64_t end, std::size_t most) {
  return changes_.store().read([&](store::Repositories& repositories) -> Result<Found> {
    Places places(repositories, changes_);
    Found out{from, {}};
    while (out.end < end && out.records.size() < most) {
      KW_TRY(const auto found, entry(out.end));
      KW_TRY(auto place, places.of(found.device_id()));
      auto record = exports::record_of(found, out.end, ledger, std::move(place), profile.personal);
      if (exports::wanted(profile.filter, record)) {
        mask(record);
        out.records.push_back(std::move(record));
      }
      ++out.end;
    }
    return out;
  });
}

Result<ExportSource::Found> ExportSource::find(const exports::Profile& profile, const exports::LedgerIdentity& ledger,
                                               std::uint64_t from, std::size_t most) {
  KW_TRY(const auto size, reader_.size());
  return read(profile, ledger, from, std::min(size, from + kMostScanned), most);
}

Result<ExportSource::Found> ExportSource::again(const exports::Profile& profile, const exports::LedgerIdentity& ledger,
                                                std::uint64_t from, std::uint64_t end) {
  if (end - from > kMostScanned) return fail(Errc::corrupt, "batch of an export");
  return read(profile, ledger, from, end, kMostScanned);
}

}  // namespace kw::server

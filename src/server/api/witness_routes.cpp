#include "schema/codec.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct WitnessView {
  std::string witness, kind, name, site;
  std::uint64_t size;
  std::string signed_at, refuses;
};
BOOST_DESCRIBE_STRUCT(WitnessView, (), (witness, kind, name, site, size, signed_at, refuses))
struct WitnessReportView {
  std::string quorum;
  std::uint64_t needed, picked;
  std::optional<CheckpointView> witnessed;
  std::vector<std::string> by;
  std::vector<WitnessView> items;
};
BOOST_DESCRIBE_STRUCT(WitnessReportView, (), (quorum, needed, picked, witnessed, by, items))
struct WitnessHeadView {
  std::string checkpoint;
  std::vector<std::string> consistency;
};
BOOST_DESCRIBE_STRUCT(WitnessHeadView, (), (checkpoint, consistency))
struct SignedObjectBody {
  std::string object;
};
BOOST_DESCRIBE_STRUCT(SignedObjectBody, (), (object))

constexpr std::size_t kMostWitnessWord = 32U << 10;  // octets of a witness's word

}  // namespace

void add_witness_routes(Api& api, const ApiServices& s) {
  auto& witnesses = s.witnesses;
  auto& devices = s.devices;
  api.add("GET", "/witnesses", "listWitnesses", [&witnesses, &devices](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    const auto report = witnesses.report();
    WitnessReportView out{std::string(name(report.quorum)), report.rule.needed, report.rule.picked, {}, report.by, {}};
    if (report.witnessed) out.witnessed = view(*report.witnessed);
    for (const auto& one : report.standings) {
      WitnessView row{one.witness, one.named ? "named" : "device", one.witness, one.site, one.size,
                      one.signed_at ? to_rfc3339(*one.signed_at) : std::string(), one.refuses};
      if (const auto id = DeviceId::parse(one.witness); id && !one.named) {
        if (const auto device = devices.get(*id)) {
          row.name = device->name;
          row.site = device->site_name;
        }
      }
      out.items.push_back(std::move(row));
    }
    return ok(out);
  });
  api.add("GET", "/witnesses/checkpoint", "getWitnessed", [&witnesses](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    KW_TRY(const auto object, witnesses.witnessed());
    return ok(SignedObjectBody{to_hex(schema::serialise(object))});
  });
  api.add("GET", "/witness/head", "witnessHead", [&witnesses](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"seen"}));
    KW_TRY(const auto seen, call.query_number("seen", 0, 0, INT64_MAX));
    KW_TRY(const auto offer, witnesses.head_for(seen));
    WitnessHeadView out{to_hex(schema::serialise(offer.head.object)), {}};
    for (const auto& hash : offer.consistency) out.consistency.push_back(to_hex(hash));
    return ok(out);
  });
  api.add("POST", "/witness/words", "witnessSay", [&witnesses](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<SignedObjectBody>());
    const auto octets = from_hex(body.object);
    if (!octets) return fail(Errc::invalid, "/object: hex expected");
    KW_TRY(const auto word, schema::parse<v1::Signed>(*octets, kMostWitnessWord));
    KW_CHECK(witnesses.say(word));
    return Answer{.status = 204};
  });
}

}  // namespace kw::server

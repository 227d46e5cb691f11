// The natural persons of whom the platform keeps data: finding and forgetting them; who looks after a kiosk.
#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct PersonView {
  std::string id, pseudonym, kind, shown, created, forgotten;
  std::uint64_t entries;
};
BOOST_DESCRIBE_STRUCT(PersonView, (), (id, pseudonym, kind, shown, created, forgotten, entries))
struct PersonPageView {
  std::vector<PersonView> items;
  std::string next;
};
BOOST_DESCRIBE_STRUCT(PersonPageView, (), (items, next))
struct PersonDetailView {
  PersonView person;
  std::vector<std::uint64_t> entries;
  std::vector<std::string> devices, accounts;
  std::string in_office;
};
BOOST_DESCRIBE_STRUCT(PersonDetailView, (), (person, entries, devices, accounts, in_office))
BOOST_DESCRIBE_STRUCT(ItemsView<PersonView>, (), (items))
struct PersonWanted {
  std::optional<std::string> number, name, phone;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(PersonWanted, (), (number, name, phone, reason))
struct CustodianNew {
  std::string custodian, custodian_phone, reason;
};
BOOST_DESCRIBE_STRUCT(CustodianNew, (), (custodian, custodian_phone, reason))

PersonView view_of_person(const PersonInfo& from) {
  const auto& subject = from.subject;
  return {subject.id.text(), privacy::pseudonym(subject.id), std::string(name(subject.kind)),
          from.shown,        to_rfc3339(subject.created),    time_text(subject.forgotten),
          subject.entries};
}

template <class Page>
void put_persons(const std::vector<PersonInfo>& from, Page& out) {
  for (const auto& one : from) out.items.push_back(view_of_person(one));
}

}  // namespace

void add_person_routes(Api& api, const ApiServices& s) {
  auto& persons = s.persons;
  auto& devices = s.devices;
  api.add("GET", "/persons", "listPersons", [&persons](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"cursor"}));
    KW_TRY(const auto cursor, call.query("cursor", 32));
    std::optional<store::SubjectId> before;
    if (!cursor.empty()) {
      const auto id = store::SubjectId::parse(cursor);
      if (!id) return fail(Errc::invalid, "cursor: 32 hex digits");
      before = *id;
    }
    KW_TRY(const auto list, persons.list(before));
    PersonPageView out;
    put_persons(list, out);
    if (list.size() == PersonService::kMostListed) out.next = list.back().subject.id.text();
    return ok(out);
  });
  // A body, since addresses of requests are written down by proxies on the way.
  api.add("POST", "/persons/find", "findPersons", [&persons](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<PersonWanted>());
    KW_CHECK(check_text("/reason", body.reason, 1, 200));
    const Person wanted{
        .number = body.number.value_or(""), .name = body.name.value_or(""), .phone = body.phone.value_or("")};
    KW_CHECK(check_text("/number", wanted.number, 0, 64));
    KW_CHECK(check_text("/name", wanted.name, 0, 64));
    KW_CHECK(check_text("/phone", wanted.phone, 0, 32));
    KW_TRY(const auto found, persons.find(wanted, body.reason, call.actor()));
    ItemsView<PersonView> out;
    put_persons(found, out);
    return ok(out);
  });
  api.add("GET", "/persons/{id}", "getPerson", [&persons](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<store::SubjectId>());
    KW_TRY(auto found, persons.get(id));
    PersonDetailView out{view_of_person(found.info),
                         std::move(found.entries),
                         {},
                         std::move(found.accounts),
                         std::move(found.in_office)};
    for (const auto& device : found.devices) out.devices.push_back(device.text());
    return ok(out);
  });
  api.add(
      "POST", "/persons/{id}/forget", "forgetPerson",
      [&persons](const Call& call) -> Result<Answer> {
        KW_TRY(const auto id, call.id<store::SubjectId>());
        KW_TRY(const auto reason, reason_of(call));
        KW_TRY(const auto done, persons.forget(id, reason, call.actor()));
        return ok(view_of_person(done));
      },
      [&persons](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto id, call.id<store::SubjectId>());
        KW_TRY(const auto reason, reason_of(call));
        return persons.check(id, reason);
      });
  api.add("POST", "/devices/{id}/custodian", "changeCustodian", [&devices](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto body, call.body<CustodianNew>());
    KW_CHECK(check_text("/custodian", body.custodian, 1, 64));
    KW_CHECK(check_text("/custodian_phone", body.custodian_phone, 0, 32));
    KW_CHECK(check_text("/reason", body.reason, 1, 200));
    KW_TRY(const auto device,
           devices.change_custodian(id, body.custodian, body.custodian_phone, body.reason, call.actor()));
    return ok(view(device));
  });
}

}  // namespace kw::server

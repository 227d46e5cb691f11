#include "server/link/vault_desk.h"

#include "kioskward/v1/device.pb.h"
#include "server/vault/vault_refusal.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostWish = 64 * 1024;

Result<store::VaultCaseId> case_of(const std::string& octets) {
  auto id = store::VaultCaseId::from_bytes(bytes_of(octets));
  if (!id) return fail(Errc::malformed, "ID of a case");
  return id;
}

Result<NewCase> new_case(const v1::VaultPut& from) {
  NewCase out;
  if (!from.case_id().empty()) {
    KW_TRY(out.id, case_of(from.case_id()));
  }
  out.version = from.version();
  out.number = from.number();
  out.status = from.status();
  out.for_another = from.for_another();
  for (const auto& value : from.values()) {
    if (value.value_case() != v1::RecordValue::kText) return fail(Errc::malformed, "a value that is no text");
    if (!out.values.emplace(value.field(), SecretBytes::copy_of(bytes_of(value.text()))).second)
      return fail(Errc::malformed, "a field twice");
  }
  return out;
}

void write_case(const ShownCase& from, v1::VaultAnswer& to) {
  auto* out = to.add_cases();
  out->set_case_id(copy_text(from.id.bytes()));
  out->set_version(from.version);
  out->set_number(from.number);
  out->set_status(from.status);
  out->set_name(from.name);
  out->set_trunk(from.trunk);
  for (const auto& value : from.values) {
    auto* shown = out->add_values();
    shown->set_field(value.field);
    shown->set_text(value.text);
    shown->set_whole(value.whole);
  }
}

}  // namespace

Result<VaultAsker> VaultDesk::asker(const DeviceId& device, const v1::VaultRequest& request, std::string& outcome) {
  KW_TRY(const auto id, store::BusinessSessionId::from_bytes(bytes_of(request.session_id())));
  return changes_.store().read([&](store::Repositories& r) -> Result<VaultAsker> {
    VaultAsker out;
    KW_TRY(const auto kiosk, r.devices().get(device));
    auto session = r.business().get(id);
    if (!session && session.code() != Errc::not_found) return session.error();
    const bool mine = session && session->device == device;
    if (mine && session->ended) outcome = session->reason == "locked" ? "locked" : "no_session";
    if (!mine) outcome = "no_session";
    if (kiosk.state == v1::CUT) outcome = "cut_off";
    if (!outcome.empty()) return out;
    KW_TRY(const auto site, r.sites().get(kiosk.site));
    out.session = std::move(*session);
    out.site = kiosk.site;
    out.district = site.district;
    return out;
  });
}

Result<> VaultDesk::act(const VaultAsker& who, const v1::VaultRequest& request, v1::VaultAnswer& to) {
  const auto& matter = who.session->matter;
  const VaultTerms terms{request.purpose(), request.consent()};
  switch (request.act_case()) {
    case v1::VaultRequest::kPut: {
      std::vector<NewCase> cases;
      KW_TRY(auto one, new_case(request.put()));
      cases.push_back(std::move(one));
      KW_TRY(const auto put, vault_->put(who, matter, terms, std::move(cases)));
      auto* made = to.add_cases();
      made->set_case_id(copy_text(put.front().id.bytes()));
      made->set_version(put.front().version);
      return {};
    }
    case v1::VaultRequest::kGet: {
      KW_TRY(const auto id, case_of(request.get().case_id()));
      KW_TRY(const auto shown, vault_->get(who, matter, terms, {id}));
      for (const auto& one : shown) write_case(one, to);
      return {};
    }
    case v1::VaultRequest::kFind: {
      KW_TRY(const auto shown, vault_->find(who, matter, terms, request.find().field(), request.find().value()));
      for (const auto& one : shown) write_case(one, to);
      return {};
    }
    case v1::VaultRequest::kReveal: {
      RevealWish wish;
      KW_TRY(wish.id, case_of(request.reveal().case_id()));
      wish.place = request.reveal().place();
      wish.fields.assign(request.reveal().fields().begin(), request.reveal().fields().end());
      KW_TRY(const auto whole, vault_->reveal(who, matter, terms, wish));
      write_case(whole, to);
      return {};
    }
    case v1::VaultRequest::kRemove: {
      KW_TRY(const auto id, case_of(request.remove().case_id()));
      return vault_->remove(who, matter, terms, id, request.remove().version());
    }
    case v1::VaultRequest::ACT_NOT_SET:
      break;
  }
  return fail(Errc::malformed, "a wish without an act");
}

Result<v1::VaultAnswer> VaultDesk::answer(const DeviceId& device, const v1::VaultRequest& request) {
  if (request.span_id().size() != trail::kSpanOctets || request.session_id().size() != trail::kSessionOctets ||
      request.ByteSizeLong() > kMostWish)
    return fail(Errc::malformed, "wish for the vault");
  v1::VaultAnswer out;
  out.set_span_id(request.span_id());
  std::string outcome;
  KW_TRY(const auto who, asker(device, request, outcome));
  if (outcome.empty() && vault_ == nullptr) outcome = "vault_unavailable";
  if (outcome.empty()) {
    const auto done = act(who, request, out);
    if (!done && done.code() == Errc::malformed) return done.error();
    if (done) {
      outcome = "answered";
    } else {
      out.clear_cases();
      outcome = refusal_word(done.error());
      if (!outcome.empty()) out.set_detail(done.error().detail());
      if (outcome.empty()) {
        log_.error("vault.failed", {{"device", device.text()}, {"error", done.error().text()}});
        outcome = "vault_unavailable";
      }
    }
  }
  if (out.ByteSizeLong() > kMostAnswer) {
    out.clear_cases();
    outcome = "too_large";
  }
  out.set_outcome(outcome);
  return out;
}

}  // namespace kw::server

#include "server/link/vault_desk.h"

#include "kioskward/v1/device.pb.h"
#include "server/vault/vault_refusal.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostWish = 64 * 1024, kMostPartWish = trail::kMostFilePart + 1024;

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

void VaultDesk::closed(Line& line) {
  const auto file = std::exchange(line.file_, std::nullopt);
  if (file && file->upload && vault_ != nullptr) vault_->files().give_up(*file->upload);
}

Result<> VaultDesk::take_part(const VaultAsker& who, const v1::VaultRequest& request, v1::VaultAnswer& to, Line& line) {
  const auto& from = request.file_part();
  KW_TRY(const auto id, case_of(from.case_id()));
  const FileWish of{id, from.field()};
  if (from.octets().empty() || from.octets().size() > trail::kMostFilePart || from.offset() > from.size() ||
      from.octets().size() > from.size() - from.offset())
    return fail(Errc::malformed, "a part of a file");
  if (from.size() > VaultFiles::kMostFile)
    return vault_refusal(Errc::too_large, "too_large", "a file of at most 64 MiB");
  if (from.offset() == 0) {
    closed(line);
    line.file_ = Line::Coming{copy(who.session->id.bytes()), of, from.size(), 0, 0, std::nullopt};
  }
  if (!line.file_) return vault_refusal(Errc::not_found, "upload_unknown", "it ended");
  auto& file = *line.file_;
  const bool same = equal(file.session, who.session->id.bytes()) && file.of.case_id == of.case_id &&
                    file.of.field == of.field && file.size == from.size();
  if (!same || file.taken != from.offset()) return vault_refusal(Errc::conflict, "upload_order", "");
  FilePart part;
  part.of = of;
  part.upload = file.upload;
  part.part = file.next;
  part.octets = SecretBytes::copy_of(bytes_of(from.octets()));
  part.last = from.offset() + part.octets.size() == from.size();
  const bool last = part.last;
  KW_TRY(const auto done,
         vault_->files().put(who, who.session->matter, {request.purpose(), request.consent()}, std::move(part)));
  file.upload = done.upload;
  file.next = done.next;
  file.taken = from.offset() + from.octets().size();
  to.mutable_file()->set_taken(file.taken);
  to.mutable_file()->set_stored(last);
  if (last) line.file_.reset();
  return {};
}

Result<> VaultDesk::act(const VaultAsker& who, const v1::VaultRequest& request, v1::VaultAnswer& to, Line& line) {
  const auto& matter = who.session->matter;
  auto& vault = vault_->service();
  const VaultTerms terms{request.purpose(), request.consent()};
  switch (request.act_case()) {
    case v1::VaultRequest::kPut: {
      std::vector<NewCase> cases;
      KW_TRY(auto one, new_case(request.put()));
      cases.push_back(std::move(one));
      KW_TRY(const auto put, vault.put(who, matter, terms, std::move(cases)));
      auto* made = to.add_cases();
      made->set_case_id(copy_text(put.front().id.bytes()));
      made->set_version(put.front().version);
      return {};
    }
    case v1::VaultRequest::kGet: {
      KW_TRY(const auto id, case_of(request.get().case_id()));
      KW_TRY(const auto shown, vault.get(who, matter, terms, {id}));
      for (const auto& one : shown) write_case(one, to);
      return {};
    }
    case v1::VaultRequest::kFind: {
      KW_TRY(const auto shown, vault.find(who, matter, terms, request.find().field(), request.find().value()));
      for (const auto& one : shown) write_case(one, to);
      return {};
    }
    case v1::VaultRequest::kReveal: {
      RevealWish wish;
      KW_TRY(wish.id, case_of(request.reveal().case_id()));
      wish.place = request.reveal().place();
      wish.fields.assign(request.reveal().fields().begin(), request.reveal().fields().end());
      KW_TRY(const auto whole, vault.reveal(who, matter, terms, wish));
      write_case(whole, to);
      return {};
    }
    case v1::VaultRequest::kRemove: {
      KW_TRY(const auto id, case_of(request.remove().case_id()));
      return vault.remove(who, matter, terms, id, request.remove().version());
    }
    case v1::VaultRequest::kFilePart:
      return take_part(who, request, to, line);
    case v1::VaultRequest::kFileDrop:
    case v1::VaultRequest::ACT_NOT_SET:
      break;
  }
  return fail(Errc::malformed, "a wish without an act");
}

Result<v1::VaultAnswer> VaultDesk::answer(const DeviceId& device, const v1::VaultRequest& request, Line& line) {
  if (request.span_id().size() != trail::kSpanOctets || request.session_id().size() != trail::kSessionOctets ||
      request.ByteSizeLong() > (request.has_file_part() ? kMostPartWish : kMostWish))
    return fail(Errc::malformed, "wish for the vault");
  v1::VaultAnswer out;
  out.set_span_id(request.span_id());
  if (request.has_file_drop()) {  // whatever has become of its session
    closed(line);
    out.set_outcome("answered");
    return out;
  }
  std::string outcome;
  KW_TRY(const auto who, asker(device, request, outcome));
  if (outcome.empty() && vault_ == nullptr) outcome = "vault_unavailable";
  if (outcome.empty()) {
    const auto done = act(who, request, out, line);
    if (!done && done.code() == Errc::malformed) return done.error();
    if (done) {
      outcome = "answered";
    } else {
      out.clear_cases();
      out.clear_file();
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
  if (request.has_file_part() && outcome != "answered") closed(line);
  out.set_outcome(outcome);
  return out;
}

}  // namespace kw::server

#include "clipboard/selection_reading.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace kw::clipboard {

using device::DocumentVerdict;
using device::kMostClipboard;

namespace {

constexpr std::array<std::string_view, device::kSelections> kSelectionNames = {"CLIPBOARD", "PRIMARY", "SECONDARY"};
constexpr std::array<std::string_view, 9> kTextForms = {
    "UTF8_STRING", "text/plain;charset=utf-8", "STRING",          "text/plain", "TEXT",
    "text/html",   "text/rtf",                 "application/rtf", "text/uri-list"};
constexpr std::array<std::string_view, 4> kPictureForms = {"image/png", "image/jpeg", "image/bmp", "image/tiff"};
constexpr std::size_t kPlainForms = 5;   // of kTextForms: one of them says what all of them say
constexpr std::size_t kMostForms = 256;  // in an owner's list
constexpr std::size_t kMostParts = 4096;

}  // namespace

Result<SelectionAtoms> intern_atoms(xcb_connection_t* server) {
  const auto ask = [&](std::string_view name) {
    return xcb_intern_atom(server, 0, static_cast<std::uint16_t>(name.size()), name.data());
  };
  bool good = true;
  const auto take = [&](xcb_intern_atom_cookie_t cookie) {
    const Reply<xcb_intern_atom_reply_t> reply{xcb_intern_atom_reply(server, cookie, nullptr)};
    good = good && reply;
    return reply ? reply->atom : xcb_atom_t{XCB_NONE};
  };
  SelectionAtoms out;
  for (std::size_t i = 0; i < device::kSelections; ++i) {
    out.selections.at(i) = take(ask(kSelectionNames.at(i)));
    for (std::size_t n = 0; n < SelectionAtoms::kProperties; ++n)
      out.properties.at(i).at(n) = take(ask("KIOSKWARD_" + std::string(kSelectionNames.at(i)) + std::to_string(n)));
  }
  out.targets = take(ask("TARGETS"));
  out.incr = take(ask("INCR"));
  for (const auto name : kTextForms) out.texts.push_back(take(ask(name)));
  for (const auto name : kPictureForms) out.pictures.push_back(take(ask(name)));
  if (!good) return fail(Errc::closed, "the X server has gone");
  return out;
}

void SelectionReading::owned_by(xcb_window_t owner, xcb_timestamp_t since) {
  owner_ = owner;
  since_ = since;
  active_ = false;
  content_.clear();
}

void SelectionReading::begin(Duration give_up) {
  active_ = true;
  give_up_ = give_up;
  any_text_ = false;
  octets_ = 0;
  wanted_.clear();
  done_.reset();
  so_far_ = {DocumentVerdict::clean, {}, 0};
  ask(atoms_.targets);
}

std::optional<Duration> SelectionReading::deadline() const {
  return active_ ? std::optional(give_up_) : std::nullopt;
}

void SelectionReading::give_up(std::string why) {
  so_far_ = {DocumentVerdict::unreadable, std::move(why), octets_};
  finish();
}

void SelectionReading::finish() {
  active_ = false;
  content_.clear();
  so_far_.octets = octets_;
  done_ = std::move(so_far_);
}

void SelectionReading::ask(xcb_atom_t form) {
  form_ = form;
  parts_ = false;
  content_.clear();
  property_ = atoms_.properties.at(static_cast<std::size_t>(which_)).at(next_property_++ % SelectionAtoms::kProperties);
  xcb_delete_property(server_, window_, property_);
  xcb_convert_selection(server_, window_, selection(), form, property_, since_);
}

void SelectionReading::ask_next() {
  if (wanted_.empty()) {
    if (any_text_) return finish();
    return give_up("no text");
  }
  const auto form = wanted_.back();
  wanted_.pop_back();
  ask(form);
}

std::optional<SelectionReading::Part> SelectionReading::take_property(std::size_t most) {
  const auto cookie = xcb_get_property(server_, 1, window_, property_, XCB_GET_PROPERTY_TYPE_ANY, 0,
                                       static_cast<std::uint32_t>(most / 4 + 1));
  const Reply<xcb_get_property_reply_t> reply{xcb_get_property_reply(server_, cookie, nullptr)};
  if (!reply) return std::nullopt;
  auto* from = static_cast<Byte*>(xcb_get_property_value(reply.get()));
  const auto size = static_cast<std::size_t>(std::max(0, xcb_get_property_value_length(reply.get())));
  Part out{reply->type, reply->bytes_after == 0 && size <= most, SecretBytes::copy_of({from, size})};
  wipe({from, size});  // the library frees it as it is
  if (!out.whole) xcb_delete_property(server_, window_, property_);
  return out;
}

void SelectionReading::forms_came(const Part& list) {
  const auto octets = list.octets.reveal();
  std::vector<xcb_atom_t> forms(std::min(octets.size() / sizeof(xcb_atom_t), kMostForms));
  for (std::size_t i = 0; i < forms.size(); ++i)
    std::memcpy(&forms[i], octets.data() + i * sizeof(xcb_atom_t), sizeof(xcb_atom_t));
  const auto offered = [&](xcb_atom_t form) { return std::ranges::find(forms, form) != forms.end(); };
  for (std::size_t i = 0; i < atoms_.texts.size(); ++i) {
    const bool another_plain = i < kPlainForms && !wanted_.empty();
    if (offered(atoms_.texts[i]) && !another_plain) wanted_.push_back(atoms_.texts[i]);
  }
  std::ranges::reverse(wanted_);
  if (wanted_.empty() && std::ranges::any_of(atoms_.pictures, offered)) return give_up("picture");
  ask_next();
}

void SelectionReading::answered(const xcb_selection_notify_event_t& event, const Judge& judge) {
  if (!active_ || event.selection != selection() || event.target != form_) return;
  if (event.property == XCB_NONE) {
    if (form_ != atoms_.targets) return ask_next();
    // An owner that lists nothing may still have the two forms that each must have.
    wanted_ = {atoms_.texts[2], atoms_.texts[0]};
    return ask_next();
  }
  if (event.property != property_) return;
  auto part = take_property(kMostClipboard - octets_);
  if (!part) return give_up("owner is silent");
  if (part->type == atoms_.incr) {
    parts_ = true;  // the property was deleted with the reading, which asks for the first piece
    return;
  }
  if (!part->whole) return give_up("too large");
  if (part->type == XCB_NONE) return give_up("owner gives nothing");
  if (form_ == atoms_.targets) return forms_came(*part);
  octets_ += part->octets.size();
  content_.push_back(std::move(part->octets));
  form_whole(judge);
}

void SelectionReading::changed(const xcb_property_notify_event_t& event, const Judge& judge) {
  if (!active_ || !parts_ || event.atom != property_ || event.state != XCB_PROPERTY_NEW_VALUE) return;
  auto part = take_property(kMostClipboard - octets_);
  if (!part) return give_up("owner is silent");
  if (!part->whole || content_.size() == kMostParts) return give_up("too large");
  if (form_ == atoms_.targets) return give_up("no text");  // nobody has so many forms
  octets_ += part->octets.size();
  if (part->octets.empty()) return form_whole(judge);
  content_.push_back(std::move(part->octets));
}

void SelectionReading::form_whole(const Judge& judge) {
  std::size_t size = 0;
  for (const auto& part : content_) size += part.size();
  SecretBytes whole(size);
  std::size_t at = 0;
  for (const auto& part : content_) {
    std::ranges::copy(part.reveal(), whole.reveal_mutable().begin() + static_cast<std::ptrdiff_t>(at));
    at += part.size();
  }
  content_.clear();
  any_text_ = true;
  auto reading = judge(whole.reveal());
  // What one form shows counts for all; what could not be read in one is not made good by another.
  if (reading.verdict == DocumentVerdict::marked) {
    so_far_ = std::move(reading);
    return finish();
  }
  if (reading.verdict == DocumentVerdict::unreadable && so_far_.verdict == DocumentVerdict::clean)
    so_far_ = std::move(reading);
  ask_next();
}

}  // namespace kw::clipboard

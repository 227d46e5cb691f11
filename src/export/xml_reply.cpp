#include "export/xml_reply.h"

#include <algorithm>
#include <pugixml.hpp>

namespace kw::exports {
namespace {

constexpr std::size_t kMostRefusals = 10'000;
constexpr std::size_t kDeclaration = 200;  // octets in which a declaration stands

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view whole = node.name();
  const auto colon = whole.rfind(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

/// next_node walks the tree in document order without recursion: depth is the sender's choice.
pugi::xml_node next_node(pugi::xml_node at, const pugi::xml_node& root) {
  if (at.first_child()) return at.first_child();
  while (at && at != root && !at.next_sibling()) at = at.parent();
  return at == root ? pugi::xml_node() : at.next_sibling();
}

pugi::xml_node find_node(const pugi::xml_node& root, std::string_view wanted_name) {
  for (auto node = next_node(root, root); node; node = next_node(node, root)) {
    if (local_name(node) == wanted_name) return node;
  }
  return {};
}

/// declared_charset finds encoding="…" of the XML declaration.
std::optional<Charset> declared_charset(std::string_view text) {
  const auto head = text.substr(0, kDeclaration);
  if (!head.starts_with("<?xml")) return std::nullopt;
  const auto line = head.substr(0, head.find("?>"));
  const auto at = line.find("encoding=");
  if (at == std::string_view::npos || at + 10 >= line.size()) return std::nullopt;
  const auto value = line.substr(at + 10);
  return parse_charset(value.substr(0, value.find(line[at + 9])));
}

Result<std::string> to_utf8(ByteView octets, Charset otherwise) {
  if (const auto declared = declared_charset(text_of(octets))) return decode_text(octets, *declared);
  if (auto plain = decode_text(octets, Charset::utf8)) return plain;
  return decode_text(octets, otherwise);
}

Result<> load(pugi::xml_document& to, const std::string& text) {
  const auto read = to.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!read || !to.document_element()) return fail(Errc::malformed, "XML of the receiver");
  return {};
}

Result<> collect_refusals(const ReplyRule& rule, const pugi::xml_node& root, std::vector<Refusal>& out) {
  if (rule.refused.empty()) return {};
  for (auto node = next_node(root, root); node; node = next_node(node, root)) {
    if (local_name(node) != rule.refused) continue;
    if (out.size() == kMostRefusals) return fail(Errc::malformed, "more refused records than any batch has");
    Refusal one;
    for (const auto& child : node.children()) {
      if (local_name(child) == rule.number) one.number = child.text().get();
      if (!rule.code.empty() && local_name(child) == rule.code) one.code = child.text().get();
    }
    if (one.number.empty()) return fail(Errc::malformed, "refused record without a number");
    out.push_back(std::move(one));
  }
  return {};
}

/// says compares the element's text with what counts as yes.
bool says_yes(const ReplyRule& rule, std::string_view text) {
  return text.starts_with(rule.yes) || (!rule.already.empty() && text.starts_with(rule.already));
}

/// fault_answer: faultcode Client (SOAP 1.1) and Code Sender (1.2) are about what was sent. Others are the receiver's
/// own, but many say Server for what they cannot digest.
Answer fault_answer(const pugi::xml_node& fault) {
  auto reason = find_node(fault, "faultstring");
  if (!reason) reason = find_node(fault, "Text");
  auto code = find_node(fault, "faultcode");
  if (!code) code = find_node(fault, "Value");
  std::string_view word = code.text().get();
  if (const auto colon = word.rfind(':'); colon != std::string_view::npos) word.remove_prefix(colon + 1);
  const bool data = word.starts_with("Client") || word.starts_with("Sender");
  return {false, reason ? reason.text().get() : "SOAP fault", {}, data ? Blame::data : Blame::unclear};
}

bool says_bad(const ReplyRule& rule, std::string_view text) {
  return std::ranges::any_of(rule.bad, [&](const auto& word) { return !word.empty() && text.starts_with(word); });
}

Result<Answer> judge(const ReplyRule& rule, const pugi::xml_node& root, bool may_be_inner) {
  const auto node = find_node(root, rule.element);
  if (!node) {
    const auto fault = find_node(root, "Fault");
    if (!fault) return fail(Errc::malformed, "the receiver's answer has no " + rule.element);
    return fault_answer(fault);
  }
  const std::string text = node.text().get();
  if (rule.inner && may_be_inner) {
    pugi::xml_document inner;
    KW_CHECK(load(inner, text));
    return judge(rule, inner, false);
  }
  Answer out{says_yes(rule, text), text, {}, Blame::receiver};
  if (!out.accepted && says_bad(rule, text)) out.blame = Blame::data;
  KW_CHECK(collect_refusals(rule, root, out.refused));
  return out;
}

}  // namespace

Result<Answer> xml_answer(const ReplyRule& rule, Charset otherwise, ByteView octets) {
  if (octets.size() > kMostAnswer) return fail(Errc::too_large, "answer of the receiver");
  KW_TRY(const auto text, to_utf8(octets, otherwise));
  pugi::xml_document document;
  KW_CHECK(load(document, text));
  return judge(rule, document, true);
}

}  // namespace kw::exports

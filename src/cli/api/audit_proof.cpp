#include "cli/api/audit_proof.h"

#include <boost/json.hpp>

#include "base/time.h"
#include "cli/api/render.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostHex = 1024;

Result<std::uint64_t> number(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return fail(Errc::malformed, std::string(name));
  return static_cast<std::uint64_t>(value->get_int64());
}
Result<Bytes> octets(std::string_view hex, std::string_view name) {
  if (hex.size() > kMostHex) return fail(Errc::too_large, std::string(name));
  auto out = from_hex(hex);
  if (!out) return out.error().within(name);
  return out;
}
Result<ledger::Hash> hash(std::string_view hex, std::string_view name) {
  KW_TRY(const auto out, octets(hex, name));
  return to_array<32>(out);
}

Result<ledger::Checkpoint> checkpoint_of(const json::object& from) {
  const auto* value = from.if_contains("checkpoint");
  if (value == nullptr || !value->is_object()) return fail(Errc::malformed, "checkpoint");
  const auto& object = value->get_object();
  ledger::Checkpoint out;
  out.origin = text_member(object, "origin");
  KW_TRY(out.size, number(object, "size"));
  KW_TRY(out.root, hash(text_member(object, "root"), "root"));
  KW_TRY(out.time, from_rfc3339(text_member(object, "time")));
  return ledger::parse_checkpoint(ledger::build_checkpoint(out));  // its own rules
}

}  // namespace

Result<AuditProof> parse_proof(const json::value& answer) {
  if (!answer.is_object()) return fail(Errc::malformed, "proof");
  const auto& object = answer.get_object();
  AuditProof out;
  KW_TRY(out.index, number(object, "index"));
  KW_TRY(out.leaf, hash(text_member(object, "leaf_hash"), "leaf_hash"));
  KW_TRY(out.checkpoint, checkpoint_of(object));
  KW_TRY(out.signature, octets(text_member(object, "signature"), "signature"));
  KW_TRY(out.key_id, octets(text_member(object, "key_id"), "key_id"));
  const auto* path = object.if_contains("path");
  if (path == nullptr || !path->is_array()) return fail(Errc::malformed, "path");
  if (path->get_array().size() > ledger::kMaxProof) return fail(Errc::too_large, "path");
  for (const auto& item : path->get_array()) {
    if (!item.is_string()) return fail(Errc::malformed, "path");
    KW_TRY(const auto one, hash({item.get_string().data(), item.get_string().size()}, "path"));
    out.path.push_back(one);
  }
  return out;
}

Result<> check_inclusion(const AuditProof& proof, std::uint64_t index) {
  if (proof.index != index) return fail(Errc::untrusted, "the proof is of another entry");
  return ledger::verify_inclusion(proof.leaf, index, proof.checkpoint.size, proof.path, proof.checkpoint.root);
}

Result<> check_signature(const AuditProof& proof, const crypto::Sm2PublicKey& key) {
  ledger::v1::Signed object;
  object.set_version(1);
  object.set_kind("checkpoint");
  object.set_payload(copy_text(ledger::build_checkpoint(proof.checkpoint)));
  auto& signature = *object.add_signatures();
  signature.set_key_id(copy_text(proof.key_id));
  signature.set_value(copy_text(proof.signature));
  KW_CHECK(ledger::open_checkpoint(object, key));
  return {};
}

}  // namespace kw::cli

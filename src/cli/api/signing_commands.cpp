// signing-keys add, signings sign and fetch: what an administrator's own key is used for. What is signed is read here,
// out of the octets themselves: the platform's word for it is not taken.
#include <google/protobuf/util/json_util.h>

#include <ostream>

#include "base/id.h"
#include "cli/api/download.h"
#include "cli/api/prompted.h"
#include "cli/api/render.h"
#include "cli/api/secret_body.h"
#include "cli/own_key.h"
#include "crypto/sm3.h"
#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/policy.pb.h"
#include "pki/persons.h"
#include "schema/codec.h"

namespace kw::cli {
namespace {

namespace v1 = ::kioskward::v1;

constexpr std::size_t kMostPayload = 2U << 20;

Result<std::string> as_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string out;
  if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok())
    return fail(Errc::malformed, "not printable");
  return out;
}

template <class Message>
Result<std::string> json_of(ByteView octets) {
  KW_TRY(const auto message, schema::parse<Message>(octets, kMostPayload));
  return as_json(message);
}

/// What waits, as the platform sent it.
struct Waiting {
  std::string kind, subject, state;
  Bytes payload, common;
};

Result<Bytes> hex_member(const boost::json::object& in, std::string_view name) {
  const auto text = text_member(in, name);
  auto out = from_hex(text);
  if (!out) return fail(Errc::malformed, "the server's answer: " + std::string(name));
  return std::move(*out);
}

Result<Waiting> waiting_of(const Answer& answer) {
  if (!answer.json.is_object()) return fail(Errc::malformed, "the server's answer");
  const auto& all = answer.json.get_object();
  const auto* info = all.if_contains("info");
  if (info == nullptr || !info->is_object()) return fail(Errc::malformed, "the server's answer: info");
  Waiting out;
  out.kind = text_member(info->get_object(), "kind");
  out.subject = text_member(info->get_object(), "subject");
  out.state = text_member(info->get_object(), "state");
  KW_TRY(out.payload, hex_member(all, "payload"));
  KW_TRY(out.common, hex_member(all, "common"));
  return out;
}

/// signed_kind is the kind that the signature is made for, never one that the platform chose.
Result<std::string_view> signed_kind(std::string_view kind) {
  if (kind == "order" || kind == "uninstall") return std::string_view("order");
  if (kind == "baseline") return std::string_view("baseline");
  if (kind == "policy") return std::string_view("policy-approval");
  if (kind == "persons") return std::string_view("persons");
  return fail(Errc::unsupported, "a signing of kind " + std::string(kind.substr(0, 32)));
}

/// explain reads what the octets say; a policy's approval is a digest, and what it stands for has to come with it.
Result<std::string> explain(const Waiting& waiting) {
  if (waiting.kind == "order" || waiting.kind == "uninstall") return json_of<v1::Order>(waiting.payload);
  if (waiting.kind == "baseline") return json_of<v1::Baseline>(waiting.payload);
  if (waiting.kind == "persons") {
    KW_CHECK(pki::parse_person_rule(waiting.payload));
    return json_of<v1::PersonRule>(waiting.payload);
  }
  KW_TRY(const auto approval, schema::parse<v1::PolicyApproval>(waiting.payload, kMostPayload));
  if (!equal(crypto::sm3(waiting.common), bytes_of(approval.common())))
    return fail(Errc::bad_signature, "the policy that came with it is not the one to be approved");
  KW_TRY(const auto policy, json_of<v1::PolicyBundle>(waiting.common));
  KW_TRY(const auto frame, as_json(approval));
  return frame + policy;
}

/// The signing that the first word names.
tl::expected<Answer, Refusal> get_signing(const Invocation& call, const Session& session) {
  const auto& words = call.options.positional();
  const auto id = words.empty() ? Result<RawId>(fail(Errc::invalid, "ID")) : parse_raw_id(words.front());
  if (!id) return tl::unexpected(refusal_of(Error(Errc::invalid, "ID: 32 hex digits")));
  return exchange({"GET", "/api/v1/signings/" + to_hex(*id), {}}, session);
}

/// agreed asks a person whether he wants to sign what was shown; a file of credentials is the word of who wrote it.
Result<bool> agreed(const Invocation& call, SecretInput& input, const std::string& text) {
  call.terminal.err << text << "\n";
  if (!input.interactive()) return true;
  KW_TRY(const auto word, input.ask("Sign this? (yes)"));
  return text_of(word.reveal()) == "yes";
}

}  // namespace

int run_key_add(const Invocation& call) {
  auto& err = call.terminal.err;
  auto prompted = open_prompted(call);
  if (!prompted) return complain(err, prompted.error());
  auto& [session, input] = *prompted;
  auto key = OwnKey::named(call.options);
  if (!key) return complain(err, key.error());
  if (const auto open = key->unlock(call.terminal, input); !open) return complain(err, open.error());
  const auto proof = key->sign(pki::octets_to_sign("signing-key", bytes_of(session.account)));
  if (!proof) return complain(err, proof.error());
  auto body = object_of(
      {{"label", call.options.value("label")}, {"spki", to_hex(key->public_key().spki())}, {"proof", to_hex(*proof)}});
  return send_and_show(call, request_of(call.operation, std::move(body)), session);
}

int run_sign(const Invocation& call) {
  auto& err = call.terminal.err;
  auto prompted = open_prompted(call);
  if (!prompted) return complain(err, prompted.error());
  auto& [session, input] = *prompted;
  auto key = OwnKey::named(call.options);
  if (!key) return complain(err, key.error());
  const auto found = get_signing(call, session);
  if (!found) return complain(err, found.error(), session.server);
  const auto waiting = waiting_of(*found);
  if (!waiting) return complain(err, waiting.error());
  const auto kind = signed_kind(waiting->kind);
  if (!kind) return complain(err, kind.error());
  const auto text = explain(*waiting);
  if (!text) return complain(err, text.error());
  const auto yes = agreed(call, input, *text);
  if (!yes) return complain(err, yes.error());
  if (!*yes) return complain(err, Error(Errc::cancelled, "not signed"));
  if (const auto open = key->unlock(call.terminal, input); !open) return complain(err, open.error());
  const auto signature = key->sign(pki::octets_to_sign(*kind, waiting->payload));
  if (!signature) return complain(err, signature.error());
  auto body = object_of({{"key", to_hex(key->public_key().key_id())}, {"signature", to_hex(*signature)}});
  const auto& id = call.options.positional().front();
  return send_and_show(call, {"POST", "/api/v1/signings/" + id + "/signatures", std::move(body)}, session);
}

int run_signing_object(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto session = load_session(call.options.value("session"));
  if (!session) return complain(err, session.error());
  const auto found = get_signing(call, *session);
  if (!found) return complain(err, found.error(), session->server);
  const auto object = found->json.is_object() ? hex_member(found->json.get_object(), "object") : Result<Bytes>(Bytes());
  if (!object) return complain(err, object.error());
  if (object->empty()) return complain(err, Error(Errc::wrong_state, "not all have signed"));
  const auto hex = to_hex(*object) + "\n";  // as `devices uninstall-order` gives it
  const auto made = make_file(call.options.value("out"), bytes_of(hex));
  return made ? kDone : complain(err, made.error());
}

}  // namespace kw::cli

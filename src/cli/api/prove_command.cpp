// audit prove: an entry's inclusion proof, recomputed on this side.
#include <charconv>
#include <ostream>

#include "base/time.h"
#include "cli/api/audit_proof.h"
#include "cli/api/exchange.h"
#include "cli/api/text.h"
#include "cli/public_key.h"

namespace kw::cli {
namespace {

void print(std::ostream& out, const AuditProof& proof, const Result<>& included, const Result<>& signature,
           bool keyed) {
  const auto verdict = [](const Result<>& result) {
    return result ? "good" : "BAD: " + printable(result.error().text());
  };
  TextTable text;
  text.add({"entry", std::to_string(proof.index)});
  text.add({"leaf", to_hex(proof.leaf)});
  text.add({"ledger", printable(proof.checkpoint.origin) + ", " + std::to_string(proof.checkpoint.size) + " entries, " +
                          to_rfc3339(proof.checkpoint.time)});
  text.add({"root", to_hex(proof.checkpoint.root)});
  text.add({"path", std::to_string(proof.path.size()) + " hashes"});
  text.add({"inclusion", verdict(included)});
  text.add({"signature", keyed ? verdict(signature) : "not checked: --key ledger.pem names the key to trust"});
  text.print(out);
}

}  // namespace

int run_prove(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto& options = call.options;
  const auto session = load_session(options.value("session"));
  if (!session) return complain(err, session.error());
  const bool keyed = options.has("key");
  const auto key = keyed ? load_public_key(options.value("key")) : Result<crypto::Sm2PublicKey>(Error(Errc::not_found));
  if (keyed && !key) return complain(err, key.error());
  auto request = build_request(call.operation, options);
  if (!request) return complain(err, request.error());
  const auto answer = exchange(std::move(*request), *session);
  if (!answer) return complain(err, answer.error(), session->server);
  const auto proof = parse_proof(answer->json);
  if (!proof) return complain(err, proof.error().within("the server's proof"));

  const auto& wanted = options.positional().at(0);
  std::uint64_t index = 0;  // check_arguments has seen that it is a number
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
  const auto included = check_inclusion(*proof, index);
  const auto signature = keyed ? check_signature(*proof, *key) : Result<>();
  if (options.has("json"))
    call.terminal.out << answer->body << "\n";
  else
    print(call.terminal.out, *proof, included, signature, keyed);
  for (const auto& one : {included, signature})
    if (!one) err << "kioskward: " << printable(one.error().within("the proof does not hold").text()) << "\n";
  return included && signature ? kDone : kUntrusted;
}

}  // namespace kw::cli

// vault file-put, file-get, file-sealed and file-statement: files of cases, in parts one way and as a whole the other.
#include <algorithm>
#include <boost/json.hpp>
#include <ostream>

#include "cli/api/download.h"
#include "cli/api/render.h"
#include "platform/linux/durable_file.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMostVaultFile = 64UL << 20;  // the platform's bound
constexpr std::size_t kSentPart = 704UL << 10;      // as base64 in a body of 1 MiB; eleven chunks
constexpr std::uint64_t kMostSealedFile = kMostVaultFile + (1UL << 20);
constexpr std::uint64_t kMostStatementFile = 4096;

std::string body_of_part(const Options& options, ByteView octets, const std::string& upload, std::uint64_t part,
                         bool last) {
  boost::json::object body{{"purpose", "entry"},
                           {"consent", options.value("consent")},
                           {"id", options.value("case")},
                           {"field", options.value("field")}};
  if (part > 0) body["upload"] = upload;
  body["part"] = part;
  body["last"] = last;
  body["data_base64"] = to_base64(octets);
  return boost::json::serialize(body);
}

}  // namespace

int run_vault_file_put(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto session = load_session(call.options.value("session"));
  if (!session) return complain(err, session.error());
  auto request = build_request(call.operation, call.options);
  if (!request) return complain(err, request.error());
  auto file = platform::read_file(call.options.value("file"), kMostVaultFile);
  if (!file) return complain(err, file.error());
  const SecretBytes content(std::move(*file));
  std::string upload;
  std::size_t at = 0;
  for (std::uint64_t part = 0;; ++part) {
    const auto size = std::min(kSentPart, content.size() - at);
    const bool last = at + size == content.size();
    auto one = *request;
    one.body = body_of_part(call.options, content.reveal().subspan(at, size), upload, part, last);
    const auto answer = exchange(std::move(one), *session);
    if (!answer) return complain(err, answer.error(), session->server);
    if (!answer->json.is_object())
      return complain(err, Refusal{"malformed", "the server's answer", {}}, session->server);
    if (last) {
      if (call.options.has("json"))
        call.terminal.out << answer->body << "\n";
      else
        render(call.terminal.out, answer->json, call.operation.columns);
      return kDone;
    }
    upload = text_member(answer->json.get_object(), "upload");
    at += size;
  }
}

int run_vault_file_get(const Invocation& call) {
  const auto saved = download(call, kMostVaultFile, false);
  return saved ? kDone : saved.error();
}
int run_vault_file_sealed(const Invocation& call) {
  const auto saved = download(call, kMostSealedFile, false);  // its statement proves it
  return saved ? kDone : saved.error();
}
int run_vault_file_statement(const Invocation& call) {
  const auto saved = download(call, kMostStatementFile, false);  // it is signed
  return saved ? kDone : saved.error();
}

}  // namespace kw::cli

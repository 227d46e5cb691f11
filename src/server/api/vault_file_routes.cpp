// Files of cases: taken in parts, given in the clear by range, sealed and with their statement for auditors.
#include "server/api/file_answer.h"
#include "server/api/vault_call.h"
#include "server/views.h"

namespace kw::server {
namespace {

// clang-format off: one object of the schema a line or two
struct VaultFilePart {
  std::string purpose, consent, id, field, data_base64;
  std::optional<std::string> upload;
  std::uint64_t part;
  bool last;
};
BOOST_DESCRIBE_STRUCT(VaultFilePart, (), (purpose, consent, id, field, data_base64, upload, part, last))
struct VaultFileProgress {
  std::string upload;
  std::uint64_t next;
  std::optional<std::string> file, root;
  std::optional<std::uint64_t> octets;
};
BOOST_DESCRIBE_STRUCT(VaultFileProgress, (), (upload, next, file, octets, root))
// clang-format on

constexpr std::size_t kMostTermWord = 64;
constexpr auto kOctets = "application/octet-stream";

Result<FilePart> part_of(const VaultFilePart& body) {
  FilePart out;
  const auto id = store::VaultCaseId::parse(body.id);
  if (!id) return fail(Errc::invalid, "/id: 32 hex digits");
  out.of = {*id, body.field};
  if (body.upload) {
    const auto upload = VaultUploadId::parse(*body.upload);
    if (!upload) return fail(Errc::invalid, "/upload: 32 hex digits");
    out.upload = *upload;
  }
  out.part = body.part;
  out.last = body.last;
  auto octets = from_base64(body.data_base64);
  if (!octets) return fail(Errc::invalid, "/data_base64: " + std::string(octets.error().detail()));
  out.octets = SecretBytes(std::move(*octets));
  return out;
}

VaultFileProgress view_of_progress(const FileProgress& from) {
  VaultFileProgress out{from.upload.text(), from.next, {}, {}, {}};
  if (from.file) {
    out.file = from.file->file.text();
    out.octets = from.file->plain;
    out.root = from.root;
  }
  return out;
}

Result<FileWish> file_wish(const Call& call) {
  KW_TRY(const auto id, call.id<store::VaultCaseId>("case"));
  return FileWish{id, call.request.params.at("field")};
}
Result<FileRange> file_range(const Call& call) {
  FileRange out;
  KW_TRY(out.offset, call.query_number("offset", 0, 0, VaultFiles::kMostFile));
  if (call.request.query.contains("length")) {
    KW_TRY(out.length, call.query_number("length", 0, 1, VaultFiles::kMostFile));
  }
  return out;
}
std::string name_of(const FileWish& wish, std::string_view end) {
  return wish.case_id.text() + "-" + wish.field + std::string(end);
}

}  // namespace

void add_vault_file_routes(Api& api, const ApiServices& s) {
  api.add("POST", "/vault/{matter}/files", "putVaultFile",
          with_vault(s.vault, [s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_TRY(auto body, call.body<VaultFilePart>());
            KW_TRY(const auto who, vault_reader(call, s));
            auto part = part_of(body);
            wipe({reinterpret_cast<Byte*>(body.data_base64.data()), body.data_base64.size()});
            if (!part) return part.error();
            KW_TRY(const auto progress, house.files().put(who, call.request.params.at("matter"),
                                                          {body.purpose, body.consent}, std::move(*part)));
            return ok(view_of_progress(progress), progress.file ? 201 : 200);
          }));
  api.add("GET", "/vault/{matter}/{case}/files/{field}", "getVaultFile",
          with_vault(s.vault, [s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_CHECK(call.only({"purpose", "consent", "offset", "length"}));
            KW_TRY(const auto wish, file_wish(call));
            KW_TRY(const auto range, file_range(call));
            KW_TRY(const auto purpose, call.query("purpose", kMostTermWord));
            KW_TRY(const auto consent, call.query("consent", kMostTermWord));
            KW_TRY(const auto who, vault_reader(call, s));
            KW_TRY(auto given,
                   house.files().read(who, call.request.params.at("matter"), {purpose, consent}, wish, range));
            auto out = file_answer(std::move(given.octets), kOctets, name_of(wish, ""));
            out.headers.emplace_back("X-Kw-Octets", std::to_string(given.file.plain));  // of the whole file
            return out;
          }));
  api.add("GET", "/vault/{matter}/{case}/files/{field}/sealed", "getVaultFileSealed",
          with_vault(s.vault, [s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_CHECK(call.only({}));
            KW_TRY(const auto wish, file_wish(call));
            KW_TRY(const auto who, vault_reader(call, s));
            KW_TRY(auto given, house.files().sealed(who, call.request.params.at("matter"), wish));
            return file_answer(std::move(given.octets), kOctets, name_of(wish, ".sealed"));
          }));
  api.add("GET", "/vault/{matter}/{case}/files/{field}/statement", "getVaultFileStatement",
          with_vault(s.vault, [s](VaultHouse& house, const Call& call) -> Result<Answer> {
            KW_CHECK(call.only({}));
            KW_TRY(const auto wish, file_wish(call));
            KW_TRY(const auto who, vault_reader(call, s));
            KW_TRY(const auto text, house.files().statement(who, call.request.params.at("matter"), wish));
            return file_answer(text_body(text), "application/x-pem-file", name_of(wish, ".pem"));
          }));
}

}  // namespace kw::server

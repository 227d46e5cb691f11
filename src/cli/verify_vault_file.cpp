#include "cli/verify_vault_file.h"

#include "crypto/pem.h"
#include "platform/linux/durable_file.h"
#include "schema/codec.h"
#include "store/ledger/file_ops.h"
#include "vault/file_statement.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMostStatementText = 8 * 1024, kReadAtOnce = 1UL << 20;

void fact(Verdict& to, std::string_view key, std::string_view english, std::string_view chinese, std::string value) {
  to.facts.push_back({key, english, chinese, std::move(value)});
}

/// fault_of names what is wrong with a statement.
std::string_view fault_of(Errc code) {
  return code == Errc::bad_signature ? std::string_view("bad_signature") : std::string_view("unreadable");
}

Result<vault::FileStatement> read_statement(ByteView octets, const crypto::Sm2PublicKey& key) {
  auto text = text_of(octets);
  KW_TRY(const auto block, crypto::pem_find(text, vault::kStatementLabel));
  KW_TRY(const auto object, schema::parse<::kioskward::v1::Signed>(block.reveal(), kMostStatementText));
  return vault::open_statement(object, key);
}

/// verified: Errc::corrupt for a file that is not as signed, another error where it cannot be read.
Result<> verified(const store::FileHandle& file, const vault::FileStatement& statement) {
  auto verifier = vault::FileVerifier::make(statement);
  if (!verifier) return fail(Errc::corrupt, verifier.error().text());
  Bytes piece(kReadAtOnce);
  for (std::uint64_t at = 0;;) {
    KW_TRY(const auto got, store::read_at(file, piece, at));
    if (got == 0) return verifier->finish();
    KW_CHECK(verifier->add(ByteView(piece).first(got)));
    at += got;
  }
}

}  // namespace

Result<> check_vault_file(const std::filesystem::path& file, const std::filesystem::path& statement,
                          const crypto::Sm2PublicKey& key, Verdict& out) {
  KW_TRY(const auto octets, platform::read_file(statement.string(), kMostStatementText));
  KW_TRY(const auto handle, store::open_for_reading(file));
  KW_TRY(const auto size, store::file_size(handle));
  fact(out, "size", "octets of the file", "文件字节数", std::to_string(size));
  const auto read = read_statement(octets, key);
  if (!read) {
    out.fault = fault_of(read.code());
    out.detail = read.error().text();
    return {};
  }
  fact(out, "tenant", "platform", "平台", read->tenant);
  fact(out, "collection", "matter and field; camera and kind", "事项与字段；摄像头与类型", read->collection);
  fact(out, "file", "case and file; device and order", "办件与文件；设备与指令", read->file);
  fact(out, "octets", "octets that were signed", "签名的字节数", std::to_string(read->octets));
  fact(out, "root", "root of the chunks", "分块根哈希", to_hex(read->root));
  const auto good = verified(handle, *read);
  if (!good && good.code() != Errc::corrupt) return good.error();
  if (!good) {
    out.fault = "content_altered";
    out.detail = good.error().text();
  }
  return {};
}

}  // namespace kw::cli

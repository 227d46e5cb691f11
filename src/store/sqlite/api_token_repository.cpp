#include <sstream>

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

/// A list in one TEXT column: words without blanks, one blank between.
template <class Words>
std::string joined(const Words& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

ApiToken read_api_token(Row& row) {
  ApiToken out;
  out.id = row.id<ApiTokenId>();
  out.name = row.text();
  out.secret_hash = row.blob();
  std::istringstream operations(row.text()), regions(row.text());
  for (std::string word; operations >> word;) out.operations.insert(word);
  out.scope.regions.clear();
  for (std::string word; regions >> word;) {
    const auto id = RegionId::parse(word);
    if (id) {
      out.scope.regions.push_back(*id);
    } else {
      row.corrupt();
    }
  }
  out.certificate = row.text();
  out.person = row.text();
  out.role = row.text();
  out.created_by = row.text();
  out.created = row.time();
  out.expires = row.time();
  out.last_used = row.optional_time();
  out.revoked = row.optional_time();
  return out;
}
const std::string kApiToken =
    "SELECT id, name, secret_hash, operations, regions, certificate, person, role, created_by, created, expires, "
    "last_used, revoked FROM api_tokens ";

}  // namespace

Result<> SqliteApiTokens::insert(const ApiToken& t) {
  std::vector<std::string> regions;
  for (const auto& region : t.scope.regions) regions.push_back(region.text());
  KW_CHECK(
      db_.exec("INSERT INTO api_tokens (id, name, secret_hash, operations, regions, certificate, person, role, "
               "created_by, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {t.id, t.name, t.secret_hash, joined(t.operations), joined(regions), t.certificate, t.person, t.role,
                t.created_by, t.created, t.expires}));
  return {};
}
Result<ApiToken> SqliteApiTokens::get(const ApiTokenId& id) {
  return db_.one<ApiToken>(kApiToken + "WHERE id = ?", {id}, read_api_token);
}
Result<ApiToken> SqliteApiTokens::by_secret(ByteView secret_hash) {
  return db_.one<ApiToken>(kApiToken + "WHERE secret_hash = ?", {secret_hash}, read_api_token);
}
Result<std::vector<ApiToken>> SqliteApiTokens::list() {
  return db_.all<ApiToken>(kApiToken + "ORDER BY id DESC LIMIT 1000", {}, read_api_token);
}
Result<> SqliteApiTokens::touch(const ApiTokenId& id, Timestamp now) {
  return at_least_one(db_.exec("UPDATE api_tokens SET last_used = ? WHERE id = ?", {now, id}), Errc::not_found);
}
Result<> SqliteApiTokens::revoke(const ApiTokenId& id, Timestamp now) {
  KW_CHECK(get(id));
  return at_least_one(db_.exec("UPDATE api_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL", {now, id}),
                      Errc::conflict);
}

}  // namespace kw::store

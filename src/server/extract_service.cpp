#include "server/extract_service.h"

#include <fstream>
#include <iomanip>
#include <sstream>

#include "crypto/sm3.h"
#include "schema/event_catalogue.h"
#include "server/landing_desk.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

constexpr std::size_t kPage = 500;

Result<crypto::Digest> digest_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, path.string());
  crypto::Sm3 hash;
  std::string piece(std::size_t{1} << 16, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    hash.update(bytes_of(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount()))));
  return hash.finish();
}

std::uint64_t archived_entries(const std::vector<store::ArchiveRecord>& archived) {
  std::uint64_t out = 0;
  for (const auto& record : archived) out += record.seal.end - record.seal.first;
  return out;
}

std::string archived_words(const std::vector<store::ArchiveRecord>& archived) {
  if (archived.empty()) return {};
  return " here; entries " + std::to_string(archived.front().seal.first) + " to " +
         std::to_string(archived.back().seal.end - 1) + " are archived";
}

}  // namespace

std::vector<store::ArchiveRecord> archived_within(std::vector<store::ArchiveRecord> records,
                                                  const store::AuditQuery& query) {
  std::erase_if(records, [&](const store::ArchiveRecord& record) {
    const auto& seal = record.seal;
    return !record.is_removed() || (query.from && query.from->unix_ns > seal.newest.unix_ns) ||
           (query.before && *query.before <= seal.first);
  });
  return records;
}

std::string ExtractService::watermark(const store::Extract& extract) {
  std::ostringstream out;
  out << "KW-" << to_rfc3339(extract.made).substr(0, 10) << "-" << std::setw(6) << std::setfill('0') << extract.number;
  return out.str();
}

std::filesystem::path ExtractService::path_of(const store::Extract& extract) const {
  return directory_ / (extract.id.text() + "." + extract.form);
}

void ExtractService::mask(AuditItem& item) const {
  item.device_name = changes_.masked(LandingPlace::extract, item.device_name);
  for (auto& [param, value] : *item.entry.mutable_params())
    if (schema::is_free_text(param)) value = changes_.masked(LandingPlace::extract, value);
}

Result<store::Extract> ExtractService::make(const Wish& wish, const Actor& who) {
  store::Extract out;
  out.id = store::ExtractId::make(changes_.clock().now(), changes_.random());
  out.account = who.person;
  out.purpose = changes_.masked(LandingPlace::extract, wish.purpose);
  out.filter = changes_.masked(LandingPlace::extract, wish.words);
  out.form = wish.form;
  out.made = changes_.clock().now();
  out.expires = out.made + wish.valid;
  KW_TRY(const auto head, keeper_.head());
  auto query = wish.query;
  query.limit = kPage;
  // A number that leads to no file is a gap; one that stands in two files would be worthless.
  KW_TRY(out.number, changes_.store().write([](auto& r) { return r.extracts().take_number(); }));
  std::vector<store::ArchiveRecord> archived;
  if (archive_) {
    KW_TRY(auto records, archive_());
    archived = archived_within(std::move(records), query);
  }
  auto body = extract_head(out, head.checkpoint, archived);
  for (bool more = true; more;) {
    KW_TRY(auto items, audit_.find(query));
    for (auto& item : items) {
      mask(item);
      body += extract_line(out, item, archived);
    }
    out.entries += items.size();
    if (out.entries > kMostEntries || body.size() > kMostOctets)
      return fail(Errc::too_large, "more than " + std::to_string(kMostEntries) + " entries: ask for less");
    more = items.size() == kPage;
    if (more) query.before = items.back().index;
  }
  if (out.entries == 0) return fail(Errc::not_found, "no entry matches" + archived_words(archived));
  const auto digest = crypto::sm3(bytes_of(body));
  out.digest = {digest.begin(), digest.end()};
  out.octets = body.size();
  KW_CHECK(make_private_directory(directory_));
  KW_CHECK(write_private(path_of(out), bytes_of(body)));
  const auto recorded = changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().extracts().insert(out));
    return change.record({.type = "audit.extracted",
                          .actor = who,
                          .params = {{"watermark", watermark(out)},
                                     {"entries", std::to_string(out.entries)},
                                     {"archived", std::to_string(archived_entries(archived))},
                                     {"query", out.filter},
                                     {"purpose", out.purpose},
                                     {"expires", to_rfc3339(out.expires)},
                                     {"digest", to_hex(out.digest)}}});
  });
  if (recorded) return out;
  KW_CHECK(remove_file(path_of(out)));  // what is not recorded is not taken out
  return recorded.error();
}

Result<std::vector<store::Extract>> ExtractService::list() {
  return changes_.store().read([](auto& r) { return r.extracts().list(); });
}

Result<ExtractService::Content> ExtractService::fetch(const store::ExtractId& id, const Actor& who) {
  KW_TRY(const auto extract, changes_.store().read([&](auto& r) { return r.extracts().get(id); }));
  if (extract.removed || extract.expires <= changes_.clock().now()) return fail(Errc::wrong_state, "its time is over");
  KW_TRY(const auto digest, digest_of_file(path_of(extract)));
  if (!equal(digest, extract.digest)) return fail(Errc::corrupt, watermark(extract));
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record(
        {.type = "audit.extract.fetched", .actor = who, .params = {{"watermark", watermark(extract)}}});
  }));
  return Content{extract, path_of(extract)};
}

Result<> ExtractService::tick() {
  const auto now = changes_.clock().now();
  KW_TRY(const auto old, changes_.store().read([&](auto& r) { return r.extracts().expired(now); }));
  for (const auto& one : old) {
    KW_CHECK(remove_file(path_of(one)));
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      KW_CHECK(change.repositories().extracts().remove(one.id));
      return change.record({.type = "audit.extract.removed", .params = {{"watermark", watermark(one)}}});
    }));
  }
  return {};
}

}  // namespace kw::server

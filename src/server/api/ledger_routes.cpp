// The ledger's own housekeeping: receipts, and segments that leave this machine.
#include "server/api/bodies.h"
#include "server/api/file_answer.h"
#include "server/api/routes.h"
#include "server/ledger_archivist.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct SegmentView {
  std::uint64_t number, first, end, octets;
  std::string digest, root, newest, sealed, exported, bundle_digest, confirmed, confirmed_by, place, removed;
};
BOOST_DESCRIBE_STRUCT(SegmentView, (),
                      (number, first, end, octets, digest, root, newest, sealed, exported, bundle_digest, confirmed,
                       confirmed_by, place, removed))
BOOST_DESCRIBE_STRUCT(ItemsView<SegmentView>, (), (items))

std::string time_or_empty(Timestamp time) { return time.unix_ns == 0 ? std::string() : to_rfc3339(time); }

SegmentView view_of(const store::ArchiveRecord& record) {
  const auto& seal = record.seal;
  return {seal.number,
          seal.first,
          seal.end,
          seal.octets,
          to_hex(seal.digest),
          to_hex(seal.root),
          time_or_empty(seal.newest),
          time_or_empty(seal.time),
          time_or_empty(record.exported),
          record.bundle ? to_hex(record.bundle_digest) : std::string(),
          time_or_empty(record.confirmed),
          record.confirmed_by,
          record.place,
          time_or_empty(record.removed)};
}

Result<std::uint32_t> segment_of(const Call& call) {
  KW_TRY(const auto number, call.number("number"));
  if (number > UINT32_MAX) return fail(Errc::not_found, "number");
  return static_cast<std::uint32_t>(number);
}

}  // namespace

void add_ledger_routes(Api& api, const ApiServices& s) {
  auto& audit = s.audit;
  auto& archivist = s.archivist;
  api.add("GET", "/audit/{index}/receipt", "getAuditReceipt", [&audit](const Call& call) -> Result<Answer> {
    KW_TRY(const auto index, call.number("index"));
    KW_TRY(const auto text, audit.receipt(index, call.actor()));
    return file_answer(text_body(text), "application/x-pem-file", "receipt-" + std::to_string(index) + ".pem");
  });
  api.add("GET", "/ledger/segments", "listLedgerSegments", [&archivist](const Call&) -> Result<Answer> {
    KW_TRY(const auto list, archivist.list());
    ItemsView<SegmentView> out;
    for (const auto& record : list) out.items.push_back(view_of(record));
    return ok(out);
  });
  api.add("GET", "/ledger/segments/{number}/bundle", "exportLedgerSegment",
          [&archivist](const Call& call) -> Result<Answer> {
            KW_CHECK(call.only({"purpose"}));
            KW_TRY(const auto number, segment_of(call));
            KW_TRY(const auto purpose, purpose_of(call));
            KW_TRY(auto bundle, archivist.bundle(number, purpose, call.actor()));
            KW_TRY(auto body, stored_file(bundle.file, bundle.octets, std::move(bundle.head)));
            auto out = file_answer(std::move(body), "application/octet-stream",
                                   "segment-" + std::to_string(number) + ".kwbundle");
            out.headers.emplace_back("X-Kw-Digest", "sm3=" + to_hex(bundle.digest));
            return out;
          });
  api.add("POST", "/ledger/segments/{number}/confirm", "confirmLedgerExport",
          [&archivist](const Call& call) -> Result<Answer> {
            KW_TRY(const auto number, segment_of(call));
            KW_TRY(const auto body, call.body<ExportConfirmation>());
            KW_CHECK(check_text("/place", body.place, 1, 200));
            const auto digest = from_hex(body.digest);
            if (!digest || digest->size() != 32) return fail(Errc::invalid, "/digest: 64 hex digits");
            KW_CHECK(archivist.confirm(number, *digest, body.place, call.actor()));
            KW_TRY(const auto list, archivist.list());
            return ok(view_of(list.at(number)));
          });
}

}  // namespace kw::server

// The ledger's own housekeeping: receipts, and segments that leave this machine.
#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/ledger_archivist.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct SegmentView {
  std::uint64_t number, first, end, octets;
  std::string digest, root, newest, sealed, exported, bundle_digest, confirmed, confirmed_by, removed;
};
BOOST_DESCRIBE_STRUCT(SegmentView, (),
                      (number, first, end, octets, digest, root, newest, sealed, exported, bundle_digest, confirmed,
                       confirmed_by, removed))
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
          time_or_empty(record.removed)};
}

Result<std::uint32_t> segment_of(const Call& call) {
  KW_TRY(const auto number, call.number("number"));
  if (number > UINT32_MAX) return fail(Errc::not_found, "number");
  return static_cast<std::uint32_t>(number);
}

/// A text in one piece.
class OneText final : public net::BodySource {
 public:
  explicit OneText(const std::string& text) : octets_(copy(bytes_of(text))), size_(octets_.size()) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::optional<Bytes>> next() override {
    if (octets_.empty()) return std::optional<Bytes>();
    return std::optional(std::exchange(octets_, {}));
  }

 private:
  Bytes octets_;
  std::uint64_t size_;
};

/// The head of a bundle, then its segment file in pieces.
class BundleBody final : public net::BodySource {
 public:
  BundleBody(store::SegmentBundle bundle, store::FileHandle file)
      : bundle_(std::move(bundle)), file_(std::move(file)) {}
  [[nodiscard]] std::uint64_t size() const override { return bundle_.octets; }
  Result<std::optional<Bytes>> next() override {
    if (!bundle_.head.empty()) return std::optional(std::exchange(bundle_.head, {}));
    Bytes piece(256U << 10);
    KW_TRY(const auto n, store::read_at(file_, piece, at_));
    at_ += n;
    piece.resize(n);
    return n == 0 ? std::optional<Bytes>() : std::optional(std::move(piece));
  }

 private:
  store::SegmentBundle bundle_;
  store::FileHandle file_;
  std::uint64_t at_ = 0;
};

Answer file_answer(std::shared_ptr<net::BodySource> body, std::string type, const std::string& name) {
  Answer out;
  out.content_type = std::move(type);
  out.headers = {{"Cache-Control", "no-store"}, {"Content-Disposition", "attachment; filename=\"" + name + "\""}};
  out.stream = std::move(body);
  return out;
}

}  // namespace

void add_ledger_routes(Api& api, const ApiServices& s) {
  auto& audit = s.audit;
  auto& archivist = s.archivist;
  api.add("GET", "/audit/{index}/receipt", "getAuditReceipt", [&audit](const Call& call) -> Result<Answer> {
    KW_TRY(const auto index, call.number("index"));
    KW_TRY(const auto text, audit.receipt(index, call.actor()));
    return file_answer(std::make_shared<OneText>(text), "application/x-pem-file",
                       "receipt-" + std::to_string(index) + ".pem");
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
            KW_TRY(const auto purpose, call.query("purpose", 800));
            KW_CHECK(check_text("purpose", purpose, 1, 200));
            KW_TRY(auto bundle, archivist.bundle(number, purpose, call.actor()));
            KW_TRY(auto file, store::open_for_reading(bundle.file));
            const auto digest = to_hex(bundle.digest);
            auto out = file_answer(std::make_shared<BundleBody>(std::move(bundle), std::move(file)),
                                   "application/octet-stream", "segment-" + std::to_string(number) + ".kwbundle");
            out.headers.emplace_back("X-Kw-Digest", "sm3=" + digest);
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

#include "server/api/file_answer.h"

#include "store/ledger/file_ops.h"

namespace kw::server {
namespace {

constexpr std::size_t kPiece = 256U << 10;
constexpr std::size_t kMostPurpose = 800;  // octets; check_text counts characters

/// A head, then the octets of a file where there is one.
class FileBody final : public net::BodySource {
 public:
  FileBody(Bytes head, store::FileHandle file, std::uint64_t size)
      : head_(std::move(head)), file_(std::move(file)), size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::optional<Bytes>> next() override {
    if (!head_.empty()) return std::optional<Bytes>(std::exchange(head_, {}));
    if (!file_.is_open()) return std::optional<Bytes>();
    Bytes piece(kPiece);
    KW_TRY(const auto n, store::read_at(file_, piece, at_));
    at_ += n;
    piece.resize(n);
    return n == 0 ? std::optional<Bytes>() : std::optional(std::move(piece));
  }

 private:
  Bytes head_;
  store::FileHandle file_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

}  // namespace

Answer file_answer(Body body, std::string type, const std::string& name) {
  Answer out;
  out.content_type = std::move(type);
  out.headers = {{"Cache-Control", "no-store"}, {"Content-Disposition", "attachment; filename=\"" + name + "\""}};
  out.stream = std::move(body);
  return out;
}

Body text_body(std::string_view text) {
  return std::make_shared<FileBody>(copy(bytes_of(text)), store::FileHandle(), text.size());
}

Result<Body> stored_file(const std::filesystem::path& path, std::uint64_t size, Bytes head) {
  KW_TRY(auto file, store::open_for_reading(path));
  return Body(std::make_shared<FileBody>(std::move(head), std::move(file), size));
}

Result<std::string> purpose_of(const Call& call) {
  KW_TRY(auto purpose, call.query("purpose", kMostPurpose));
  KW_CHECK(check_text("purpose", purpose, 1, 200));
  return purpose;
}

}  // namespace kw::server

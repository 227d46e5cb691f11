// Files for an exchange gate: a batch is there whole or not at all, its manifest comes last, its answer is a file too.
#include <algorithm>
#include <fstream>

#include "export/gate.h"
#include "server/export_transport.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

namespace fs = std::filesystem;
constexpr auto kHalfWritten = std::chrono::seconds(60);  // an answer that means nothing may still be under way so long

Result<> move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  return error ? fail(Errc::io, to.string() + ": " + error.message()) : Result<>();
}

Result<Bytes> read_reply(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Bytes out(exports::kMostAnswer + 1);
  file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (file.bad()) return fail(Errc::io, path.string());
  out.resize(static_cast<std::size_t>(file.gcount()));
  return out;
}

class GateTransport final : public ExportTransport {
 public:
  explicit GateTransport(const exports::Profile& profile) : profile_(profile), root_(profile.address.path) {}

  net::asio::awaitable<Result<Delivered>> deliver(const exports::Batch& batch) override { co_return put(batch); }

  Result<std::optional<LateAnswer>> collect() override {
    std::error_code error;
    std::vector<fs::path> found;
    fs::directory_iterator at(root_ / "in", error), end;
    if (error == std::errc::no_such_file_or_directory) return std::optional<LateAnswer>();
    if (error) return fail(Errc::io, (root_ / "in").string() + ": " + error.message());
    for (; at != end && found.size() < 1000; at.increment(error)) {
      if (error) return fail(Errc::io, (root_ / "in").string() + ": " + error.message());
      const auto batch = exports::batch_of_reply(at->path().filename().string());
      if (batch && !waiting_.contains(*batch)) found.push_back(at->path());
    }
    waiting_.clear();
    if (found.empty()) return std::optional<LateAnswer>();
    const auto first = *std::min_element(found.begin(), found.end());
    KW_TRY(auto octets, read_reply(first));
    return std::optional(LateAnswer{*exports::batch_of_reply(first.filename().string()), std::move(octets)});
  }

  Result<> put_away(const std::string& batch, bool read) override {
    const auto file = batch + ".reply.xml";
    std::error_code error;
    const auto written = fs::last_write_time(root_ / "in" / file, error);
    if (!read && !error && fs::file_time_type::clock::now() - written < kHalfWritten) {
      waiting_.insert(batch);
      return {};
    }
    KW_CHECK(make_private_directory(root_ / "done"));
    return move_file(root_ / "in" / file, root_ / "done" / (read ? file : file + ".bad"));
  }

 private:
  Result<Delivered> put(const exports::Batch& batch) {
    KW_TRY(const auto message, exports::encode(profile_, batch));
    for (const auto* name : {"", "out", "in"}) KW_CHECK(make_private_directory(root_ / name));
    const auto out = root_ / "out";
    KW_CHECK(write_public(out / exports::gate_file(batch.number), bytes_of(message.octets)));
    KW_CHECK(write_public(out / exports::gate_manifest_file(batch.number),
                          bytes_of(exports::gate_manifest(batch, message.octets))));
    return Delivered{};
  }

  const exports::Profile& profile_;
  const fs::path root_;
  std::set<std::string> waiting_;  // answers that are perhaps half written: left alone for one pass
};

}  // namespace

std::unique_ptr<ExportTransport> make_gate_transport(const exports::Profile& profile, ExportPorts) {
  return std::make_unique<GateTransport>(profile);
}

}  // namespace kw::server

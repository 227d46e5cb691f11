#include "export/gate.h"

#include <boost/json.hpp>

#include "crypto/sm3.h"

namespace kw::exports {
namespace {

constexpr std::string_view kReplyEnding = ".reply.xml";

}  // namespace

std::string gate_file(std::string_view batch) { return std::string(batch) + ".xml"; }
std::string gate_manifest_file(std::string_view batch) { return std::string(batch) + ".manifest"; }

std::string gate_manifest(const Batch& batch, std::string_view octets) {
  boost::json::object out{{"version", 1},
                          {"batch", batch.number},
                          {"file", gate_file(batch.number)},
                          {"octets", octets.size()},
                          {"sm3", to_hex(crypto::sm3(bytes_of(octets)))},
                          {"records", batch.records.size()}};
  if (!batch.records.empty()) {
    out["first"] = batch.records.front().number;
    out["last"] = batch.records.back().number;
  }
  return boost::json::serialize(out) + "\n";
}

std::optional<std::string> batch_of_reply(std::string_view file) {
  if (!file.ends_with(kReplyEnding) || file.size() == kReplyEnding.size() || file.starts_with('.')) return std::nullopt;
  return std::string(file.substr(0, file.size() - kReplyEnding.size()));
}

}  // namespace kw::exports

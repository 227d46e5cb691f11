#include "agent/camera/verify.h"

#include <algorithm>
#include <vector>

#include "agent/camera/recording.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {
namespace {

struct Looked {
  std::string file;
  RecordingScan scan;
};

std::string verdict(const RecordingScan& scan) {
  if (scan.damage == RecordingDamage::tampered) return "CHANGED";
  if (scan.damage == RecordingDamage::torn) return "ends early, whole up to record " + std::to_string(scan.records.size());
  return scan.end ? "whole" : "without an end, whole up to record " + std::to_string(scan.records.size());
}

}  // namespace

int verify_recordings(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  std::optional<Bytes> root;
  std::vector<Looked> looked;
  bool good = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--root" && i + 1 < words.size()) {
      const auto given = from_hex(words[++i]);
      if (!given || given->size() != 32) {
        err << "kioskward-agent: --root takes 64 hexadecimal digits\n";
        return 2;
      }
      root = *given;
      continue;
    }
    const auto file = platform::read_file(words[i], kMostRecording);
    if (!file) {
      err << "kioskward-agent: " << file.error().text() << "\n";
      return 2;
    }
    auto scan = scan_recording(*file);
    if (!scan) {
      out << words[i] << ": CHANGED: " << scan.error().text() << "\n";
      good = false;
      continue;
    }
    looked.push_back({words[i], std::move(*scan)});
  }
  if (looked.empty() && good) {
    err << "usage: kioskward-agent camera-verify [--root HEX] FILE...\n";
    return 2;
  }
  std::ranges::sort(looked, {}, [](const Looked& one) { return one.scan.header.number; });
  const Looked* before = nullptr;
  for (const auto& one : looked) {
    const auto& scan = one.scan;
    const bool chained = before == nullptr || before->scan.header.number + 1 != scan.header.number ||
                         before->scan.root == scan.header.previous;
    out << one.file << ": number " << scan.header.number << ", from " << to_rfc3339(scan.header.started) << ", "
        << scan.records.size() << " records, root " << to_hex(scan.root) << ": " << verdict(scan)
        << (chained ? "" : ", NOT THE ONE AFTER ITS NEIGHBOUR") << "\n";
    good = good && chained && scan.damage != RecordingDamage::tampered;
    before = &one;
  }
  if (root && (before == nullptr || !equal(before->scan.root, *root))) {
    out << "the root given is NOT that of the last recording\n";
    good = false;
  }
  return good ? 0 : 1;
}

}  // namespace kw::agent

#include "platform/linux/file_scanner.h"

#include "platform/linux/file_digests.h"

namespace kw::platform {

using namespace device;

std::optional<ScanReply> FileScanner::known(const crypto::Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto* found = verdicts_.find(digest);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

void FileScanner::forget() {
  const std::lock_guard lock(mutex_);
  verdicts_.clear();
  ++forgotten_;
}

Result<Scanned> FileScanner::scan(int fd, Duration most, const Scanner::Stop& stop) {
  KW_TRY(const auto before, look_at(fd));
  // A mapping that was there first may show one content to be hashed and another to be scanned, and leave no trace.
  const bool steady = !may_be_written(fd);
  Scanned out;
  KW_TRY(out.digest, digest_as_read(fd, [&](std::size_t) { return !stop || !stop(); }));
  if (const auto reply = known(*out.digest)) {
    out.reply = *reply;
  } else {
    std::uint64_t era = 0;
    {
      const std::lock_guard lock(mutex_);
      era = forgotten_;
    }
    KW_TRY(out.reply, scanner_.scan(fd, most, stop));
    // What was scanned is what was hashed only where nothing changed between the two.
    KW_TRY(const auto after, look_at(fd));
    if (steady && after.identity == before.identity && settled(after.identity, clock_.now()) && !may_be_written(fd) &&
        (out.reply.verdict == ScanVerdict::clean || out.reply.verdict == ScanVerdict::infected)) {
      const std::lock_guard lock(mutex_);
      if (era == forgotten_) verdicts_.keep(*out.digest, out.reply);
    }
  }
  KW_TRY(const auto after, look_at(fd));
  out.lasting = steady && after.identity == before.identity && settled(after.identity, clock_.now()) && !may_be_written(fd);
  return out;
}

}  // namespace kw::platform

#include "agent/camera/ring.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"

namespace kw::agent {
namespace {

constexpr std::string_view kRecordingSuffix = ".kwc";
constexpr std::size_t kName = 16;
constexpr std::size_t kEndSize = kRecordingHead + 64;

std::optional<std::uint64_t> number_of(const std::string& name) {
  if (name.size() != kName + kRecordingSuffix.size() || !name.ends_with(kRecordingSuffix)) return std::nullopt;
  std::uint64_t out = 0;
  const auto [at, ec] = std::from_chars(name.data(), name.data() + kName, out, 16);
  if (ec != std::errc() || at != name.data() + kName) return std::nullopt;
  return out;
}

Result<Bytes> read_at(int fd, std::uint64_t offset, std::size_t length) {
  Bytes out(length);
  std::size_t got = 0;
  while (got < length) {
    const auto n = ::pread(fd, out.data() + got, length - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("read a recording");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  out.resize(got);
  return out;
}

}  // namespace

Result<std::unique_ptr<CameraRing>> CameraRing::open(std::string directory, SecretBytes secret, const Clock& clock,
                                                     Random& random) {
  KW_CHECK(platform::make_private_dir(directory));
  std::unique_ptr<CameraRing> out(new CameraRing(std::move(directory), std::move(secret), clock, random));
  KW_CHECK(out->load());
  return out;
}

CameraRing::~CameraRing() {
  // What cannot be finished now is finished at the next open.
  static_cast<void>(end());
}

std::string CameraRing::path(std::uint64_t number) const {
  std::array<char, kName + 1> name{};
  std::snprintf(name.data(), name.size(), "%016llx", static_cast<unsigned long long>(number));
  return directory_ + "/" + name.data() + std::string(kRecordingSuffix);
}

void CameraRing::damaged(std::uint64_t number, std::string reason) {
  damaged_.push_back({std::filesystem::path(path(number)).filename().string(), std::move(reason)});
}

// ---- what is there ----------------------------------------------------------------------------------------------

Result<> CameraRing::load() {
  std::error_code ec;
  std::vector<std::uint64_t> numbers;
  for (std::filesystem::directory_iterator entry(directory_, ec), last; !ec && entry != last; entry.increment(ec))
    if (const auto number = number_of(entry->path().filename().string())) numbers.push_back(*number);
  if (ec) return fail(Errc::io, directory_ + ": " + ec.message());
  std::ranges::sort(numbers);
  for (const auto number : numbers) {
    const auto taken = take_up(number);
    if (!taken && taken.code() != Errc::corrupt) return taken;
    if (!taken) damaged(number, taken.error().detail());
    next_ = std::max(next_, number + 1);
  }
  if (!numbers.empty() && kept_.contains(numbers.back())) last_root_ = kept_.at(numbers.back()).root;
  // Neighbours belong together; what is missing between them went for age or room.
  for (auto at = kept_.begin(); at != kept_.end(); ++at) {
    const auto next = std::next(at);
    if (next == kept_.end() || next->first != at->first + 1) continue;
    const platform::UniqueFd fd(::open(path(next->first).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return platform::fail_os("open " + path(next->first));
    KW_TRY(const auto head, read_at(fd.get(), 0, kRecordingHeader));
    const auto header = kw::agent::parse_header(head);
    if (!header || header->previous != at->second.root) damaged(next->first, "is not the one after its neighbour");
  }
  return {};
}

/// Takes up one file that an earlier run left, and finishes it where a power cut kept that run from it.
Result<> CameraRing::take_up(std::uint64_t number) {
  const platform::UniqueFd fd(::open(path(number).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return platform::fail_os("open " + path(number));
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return platform::fail_os("look at " + path(number));
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > kMostRecording) return fail(Errc::corrupt, "too large");
  KW_TRY(const auto head, read_at(fd.get(), 0, kRecordingHeader));
  const auto header = kw::agent::parse_header(head);
  if (!header && header.code() == Errc::truncated) {  // nothing of it had reached the disk
    if (::unlink(path(number).c_str()) != 0) return platform::fail_os("remove " + path(number));
    return {};
  }
  if (!header || header->number != number) return fail(Errc::corrupt, "header");
  KW_TRY(const auto key, RecordingKey::derive(secret_, *header));
  if (size >= kRecordingHeader + kEndSize) {
    KW_TRY(const auto tail, read_at(fd.get(), size - kEndSize, kEndSize));
    if (const auto end = parse_end(tail); end && key.made(*end)) {
      keep(number, {header->started, end->ended, size, end->root});
      octets_ += size;
      return {};
    }
  }
  KW_TRY(const auto file, read_at(fd.get(), 0, size));
  KW_TRY(const auto scan, scan_recording(file));
  if (scan.damage == RecordingDamage::tampered || (scan.end && scan.damage == RecordingDamage::none))
    return fail(Errc::corrupt, "end");
  const auto until = scan.records.empty() ? scan.header.started : scan.records.back().taken;
  const auto end = key.build_end(static_cast<std::uint32_t>(scan.records.size()), until, scan.root);
  if (::ftruncate(fd.get(), static_cast<off_t>(scan.good)) != 0) return platform::fail_os("shorten " + path(number));
  if (::pwrite(fd.get(), end.data(), end.size(), static_cast<off_t>(scan.good)) != static_cast<ssize_t>(end.size()))
    return platform::fail_os("finish " + path(number));
  if (::fdatasync(fd.get()) != 0) return platform::fail_os("finish " + path(number));
  const auto octets = scan.good + end.size();
  keep(number, {scan.header.started, until, octets, scan.root});
  octets_ += octets;
  sealed_.push_back({number, scan.root, scan.header.started, until, octets, held(kept_[number])});
  return {};
}

// ---- recording --------------------------------------------------------------------------------------------------

Result<> CameraRing::begin(ByteView stream_header) {
  if (stream_header.size() > kMostRecorded) return fail(Errc::too_large, "stream header");
  KW_CHECK(end());
  stream_header_ = copy(stream_header);
  return {};
}

Result<> CameraRing::start_file() {
  KW_CHECK(make_room());
  header_ = {};
  header_.number = next_;
  random_.fill(header_.salt);
  header_.started = clock_.now();
  header_.previous = last_root_;
  KW_TRY(auto key, RecordingKey::derive(secret_, header_));
  platform::UniqueFd fd(
      ::open(path(next_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return platform::fail_os("begin " + path(next_));
  ++next_;
  file_ = std::move(fd);
  key_.emplace(std::move(key));
  tree_ = {};
  records_ = 0;
  size_ = 0;
  began_ = clock_.steady();
  const auto octets = build_header(header_);
  KW_CHECK(write(octets));
  tree_.append(ledger::leaf_hash(octets));
  const platform::UniqueFd folder(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return platform::fail_os("keep " + directory_);
  return write_record(Recorded::stream_header, stream_header_);
}

Result<> CameraRing::write(ByteView octets) {
  for (std::size_t done = 0; done < octets.size();) {
    const auto n = ::write(file_.get(), octets.data() + done, octets.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const auto error = platform::fail_os("write a recording");
      // Half a record would be taken for tampering once more follows: back to the last whole one.
      if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
      return error;
    }
    done += static_cast<std::size_t>(n);
  }
  size_ += octets.size();
  octets_ += octets.size();
  return {};
}

Result<> CameraRing::write_record(Recorded kind, ByteView plain) {
  KW_TRY(const auto record, key_->seal(kind, records_, clock_.now(), plain, random_));
  KW_CHECK(write(record));
  tree_.append(ledger::leaf_hash(record));
  ++records_;
  if (::fdatasync(file_.get()) != 0) return platform::fail_os("keep a recording");
  return {};
}

Result<> CameraRing::write_pending() {
  if (pending_.empty() || !file_) return {};
  // Lost where it cannot be written: what comes next would not fit it either.
  const auto octets = std::exchange(pending_, {});
  for (std::size_t at = 0; at < octets.size(); at += kMostRecorded)
    KW_CHECK(write_record(Recorded::video,
                          ByteView(octets).subspan(at, std::min(kMostRecorded, octets.size() - at))));
  return {};
}

Result<> CameraRing::video(bool cluster, ByteView octets) {
  if (stream_header_.empty()) return fail(Errc::wrong_state, "video before its stream's header");
  const bool enough = clock_.steady() - began_ >= kLongest || size_ + pending_.size() >= kLargest;
  if (cluster && file_ && enough) KW_CHECK(end());
  if (!file_) {
    if (!cluster) return {};  // nobody could see it
    pending_.clear();
    KW_CHECK(start_file());
  }
  if (size_ + pending_.size() + octets.size() + kEndSize > kMostRecording) {
    KW_CHECK(end());  // an encoder without clusters; the rest waits for the next one
    return {};
  }
  if (pending_.empty()) waits_since_ = clock_.steady();
  append(pending_, octets);
  if (pending_.size() >= kMostRecorded) return write_pending();
  return {};
}

Result<> CameraRing::picture(ByteView jpeg) {
  if (!file_) return fail(Errc::wrong_state, "nothing is recorded");
  KW_CHECK(write_pending());
  for (std::size_t at = 0; at < jpeg.size(); at += kMostRecorded) {
    const auto part = jpeg.subspan(at, std::min(kMostRecorded, jpeg.size() - at));
    KW_CHECK(write_record(at + part.size() == jpeg.size() ? Recorded::picture_end : Recorded::picture, part));
  }
  return {};
}

Result<> CameraRing::flush() {
  if (file_ && clock_.steady() - waits_since_ >= kFlush) KW_CHECK(write_pending());
  // A stream that has stopped must not keep its last recording open.
  if (file_ && clock_.steady() - began_ >= kLongest + std::chrono::seconds(30)) KW_CHECK(end());
  return make_room();
}

Result<> CameraRing::end() {
  if (!file_) return {};
  const auto written = write_pending();
  pending_.clear();
  const auto root = tree_.root();
  const auto until = clock_.now();
  const auto octets = key_->build_end(records_, until, root);
  auto done = written ? write(octets) : written;
  if (done && ::fdatasync(file_.get()) != 0) done = platform::fail_os("keep a recording");
  file_.reset();
  key_.reset();
  const Kept kept{header_.started, until, size_, root};
  keep(header_.number, kept);
  last_root_ = root;
  sealed_.push_back({header_.number, root, kept.from, kept.until, kept.octets, held(kept)});
  return done;
}

// ---- what goes --------------------------------------------------------------------------------------------------

void CameraRing::keep(std::uint64_t number, const Kept& one) {
  kept_[number] = one;
  recorded_ += one.until - one.from;
}

void CameraRing::hold(std::vector<Span> spans) { spans_ = std::move(spans); }

bool CameraRing::held(const Kept& one) const {
  return std::ranges::any_of(spans_, [&](const Span& span) { return one.from <= span.until && span.from <= one.until; });
}

Result<> CameraRing::remove(std::uint64_t number) {
  const auto at = kept_.find(number);
  if (::unlink(path(number).c_str()) != 0 && errno != ENOENT) return platform::fail_os("remove " + path(number));
  octets_ -= std::min(octets_, at->second.octets);
  recorded_ -= at->second.until - at->second.from;
  kept_.erase(at);
  return {};
}

Result<> CameraRing::make_room() {
  const auto now = clock_.now();
  std::vector<std::uint64_t> old;
  for (const auto& [number, one] : kept_) {
    if (now - one.until < std::min(limits_.keep, limits_.hold)) break;  // in order of time
    if (now - one.until >= (held(one) ? std::max(limits_.keep, limits_.hold) : limits_.keep)) old.push_back(number);
  }
  for (const auto number : old) KW_CHECK(remove(number));
  while (octets_ + kLargest > limits_.most_octets && !kept_.empty()) {
    auto victim = std::ranges::find_if(kept_, [this](const auto& one) { return !held(one.second); });
    if (victim == kept_.end()) victim = kept_.begin();
    KW_CHECK(remove(victim->first));
  }
  return {};
}

CameraRing::Totals CameraRing::totals() const {
  Totals out;
  out.octets = octets_;
  out.recordings = kept_.size();
  out.recorded = recorded_;
  if (!kept_.empty()) out.oldest = kept_.begin()->second.from;
  return out;
}

// ---- reading ----------------------------------------------------------------------------------------------------

std::vector<std::uint64_t> CameraRing::find(const Span& span) const {
  std::vector<std::uint64_t> out;
  for (const auto& [number, one] : kept_)
    if (one.from <= span.until && span.from <= one.until) out.push_back(number);
  return out;
}

Result<CameraRing::Content> CameraRing::read(std::uint64_t number) {
  const auto at = kept_.find(number);
  if (at == kept_.end()) return fail(Errc::not_found, "no such recording");
  const auto bad = [&](std::string reason) {
    damaged(number, reason);
    return fail(Errc::corrupt, path(number) + ": " + reason);
  };
  const auto file = platform::read_file_itself(path(number), kMostRecording);
  if (!file) return bad(std::string(name(file.code())));
  const auto scan = scan_recording(*file);
  if (!scan) return bad(scan.error().text());
  if (scan->damage != RecordingDamage::none || scan->root != at->second.root) return bad("is not what was recorded");
  KW_TRY(const auto key, RecordingKey::derive(secret_, scan->header));
  if (!scan->end || !key.made(*scan->end)) return bad("is not what was recorded");
  Content out;
  out.from = scan->header.started;
  for (const auto& record : scan->records) {
    if (record.kind != Recorded::stream_header && record.kind != Recorded::video) continue;
    const auto plain = key.open(ByteView(*file).subspan(record.offset, record.length));
    if (!plain) return bad(plain.error().text());
    append(record.kind == Recorded::video ? out.video : out.stream_header, plain->reveal());
  }
  return out;
}

void CameraRing::check_next() {
  auto at = kept_.upper_bound(checked_);
  if (at == kept_.end()) at = kept_.begin();
  if (at == kept_.end()) return;
  checked_ = at->first;
  const auto file = platform::read_file_itself(path(at->first), kMostRecording);
  const auto scan = file ? scan_recording(*file) : Result<RecordingScan>(file.error());
  if (!scan)
    damaged(at->first, scan.error().text());
  else if (scan->damage != RecordingDamage::none || scan->root != at->second.root)
    damaged(at->first, "is not what was recorded");
}

}  // namespace kw::agent

// The gate on the real kernel, and what both gates promise.
#include "platform/linux/fanotify_scan.h"

#include <poll.h>
#include <sys/mman.h>

#include "platform/linux/file_digests.h"
#include "platform/linux/file_scanner.h"
#include "platform/linux/scan_fixture_test.h"
#include "platform/linux/system_clock.h"
#include "platform/recorded/recorded_scan_gate.h"

namespace kw::platform {
namespace {

using namespace device;
using namespace std::chrono_literals;

const std::string kBad = "x " + std::string(kHarm) + " y", kGood = "harmless";

class ScanGateOnKernel : public ScanPlace {
 protected:
  void SetUp() override {
    ScanPlace::SetUp();
    if (IsSkipped()) return;
    rules.mode = v1::ENFORCE;
    rules.wait = 20s;  // of a busy machine; the time itself is tested in scan_gate_test
    const auto started = gate.start([this](ScanNews one) { news.add(std::move(one)); });
    if (!started && started.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
    ASSERT_TRUE(started) << started.error().text();
    use();
    gate.scanner(0, false);
    ASSERT_TRUE(gate.guard(place));
  }
  void TearDown() override {
    gate.stop();
    ScanPlace::TearDown();
  }
  void use() { gate.use(std::make_shared<ScanRules>(rules)); }
  std::optional<FoundTold> found(const std::string& name, std::optional<FileUse> use = {}) {
    return news.wait<FoundTold>(
        [&](const FoundTold& one) { return one.file.path.ends_with("/" + name) && (!use || one.file.use == *use); });
  }
  // Opened until the kernel no longer asks.
  bool comes_to_be_known(const std::string& name) {
    return soon([&] {
      const auto before = gate.counts().asked;
      return reads(name) && gate.counts().asked == before;
    });
  }
  SystemClock clock;
  RecordedScanner scanner;
  FileScanner contents{scanner, clock};
  FanotifyScanGate gate{contents, clock};
  ScanRules rules;
  News news;
};

TEST_F(ScanGateOnKernel, clean_opens_and_infected_is_refused_and_named) {
  put("good", kGood);
  put("bad", kBad);
  EXPECT_TRUE(reads("good"));
  EXPECT_FALSE(reads("bad"));
  const auto told = found("bad");
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->file.refused);
  EXPECT_EQ(told->file.name, "Test.Harm");
  EXPECT_EQ(told->file.digest, crypto::sm3(bytes_of(kBad)));
  EXPECT_EQ(told->user, "0");
  EXPECT_GT(told->file.pid, 0);
}
TEST_F(ScanGateOnKernel, running_is_refused_as_well) {
  put("tool", "#!/bin/sh\n# " + kBad + "\n");
  ::chmod(at("tool").c_str(), 0755);
  EXPECT_NE(shell("exec " + at("tool") + " 2>/dev/null"), 0);
  EXPECT_TRUE(found("tool", FileUse::run));
}
TEST_F(ScanGateOnKernel, the_kernel_stops_asking_until_the_file_is_written) {
  put("good", kGood);
  EXPECT_TRUE(comes_to_be_known("good"));
  EXPECT_EQ(shell("printf '" + kBad + "' >> " + at("good")), 0);
  EXPECT_FALSE(reads("good"));
}
TEST_F(ScanGateOnKernel, what_is_dropped_is_found_without_anybody_opening_it) {
  EXPECT_EQ(shell("cat > " + at("dropped"), kBad), 0);
  EXPECT_TRUE(found("dropped", FileUse::written));
}
TEST_F(ScanGateOnKernel, written_in_pieces_it_is_found_when_it_is_whole) {
  EXPECT_EQ(shell("exec 3> " + at("pieces") + "; printf 'HARM' >&3; printf 'FUL-' >&3; printf 'TEST' >&3; exec 3>&-"),
            0);
  EXPECT_TRUE(found("pieces", FileUse::written));
  EXPECT_FALSE(reads("pieces"));
}
TEST_F(ScanGateOnKernel, written_through_a_mapping_it_is_found_when_it_is_closed) {
  put("mapped", std::string(4096, '-'));
  EXPECT_TRUE(comes_to_be_known("mapped"));
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const int fd = ::open(at("mapped").c_str(), O_RDWR);
    auto* content = static_cast<char*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    ::close(fd);
    if (fd < 0 || content == MAP_FAILED) ::_exit(1);
    std::memcpy(content + 100, kHarm.data(), kHarm.size());
    ::munmap(content, 4096);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(found("mapped", FileUse::written));
  EXPECT_FALSE(reads("mapped"));
}
TEST_F(ScanGateOnKernel, what_its_owner_writes_through_a_mapping_is_refused_while_it_is_mapped) {
  constexpr uid_t kOwner = 65534;
  put("mapped", std::string(4096, '-'));
  ASSERT_EQ(::chown(at("mapped").c_str(), kOwner, kOwner), 0);
  const auto known = gate.counts().known;
  ASSERT_TRUE(soon([&] { return reads("mapped") && gate.counts().known > known; }));
  auto done = pipe_pair(), go = stream_pair();
  ASSERT_TRUE(done && go);
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    char octet = 0;
    const int fd = ::setuid(kOwner) == 0 ? ::open(at("mapped").c_str(), O_RDWR) : -1;
    auto* content = static_cast<char*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    ::close(fd);
    if (fd < 0 || content == MAP_FAILED) ::_exit(1);
    std::memcpy(content + 100, kHarm.data(), kHarm.size());
    if (::write(done->theirs.get(), &octet, 1) != 1 || ::read(go->theirs.get(), &octet, 1) != 1) ::_exit(1);
    ::munmap(content, 4096);
    ::_exit(0);
  }
  pollfd ready{done->ours.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 20'000), 1);
  EXPECT_FALSE(reads("mapped")) << "the file was known, and on this file system no time tells of the writing";
  EXPECT_TRUE(found("mapped", FileUse::opened));
  EXPECT_EQ(::write(go->ours.get(), "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(reads("mapped"));
}
TEST_F(ScanGateOnKernel, a_content_that_changed_under_a_mapping_between_hashing_and_scanning_is_not_remembered) {
  put("shown", std::string(4096, '-') + kBad);
  const auto size = std::filesystem::file_size(at("shown"));
  UniqueFd writer(::open(at("shown").c_str(), O_RDWR | O_CLOEXEC));
  auto* content = static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, writer.get(), 0));
  ASSERT_NE(content, MAP_FAILED);
  writer.reset();
  scanner.hold(true);
  Result<Scanned> seen = fail(Errc::io);
  std::thread look([&] {
    const UniqueFd fd(::open(at("shown").c_str(), O_RDONLY | O_CLOEXEC));
    std::atomic<int> asked = 0;
    seen = contents.scan(fd.get(), 20s, [&] {
      if (++asked == 3) {  // it was hashed by then
        std::memset(content, '-', size);
        ::munmap(content, size);
        scanner.hold(false);
      }
      return false;
    });
  });
  look.join();
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->digest, crypto::sm3(bytes_of(std::string(4096, '-') + kBad)));
  EXPECT_EQ(seen->reply.verdict, ScanVerdict::clean);
  EXPECT_FALSE(seen->lasting);
  put("bad", std::string(4096, '-') + kBad);
  EXPECT_FALSE(reads("bad")) << "the same digest";
}
TEST_F(ScanGateOnKernel, while_somebody_can_write_it_nothing_is_remembered) {
  put("open", kGood);
  const UniqueFd writer(::open(at("open").c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(may_be_written(writer.get()));
  EXPECT_TRUE(reads("open"));
  const auto before = gate.counts().scanned;
  EXPECT_TRUE(reads("open"));
  EXPECT_TRUE(soon([&] { return gate.counts().scanned > before; })) << "scanned again";
}
TEST_F(ScanGateOnKernel, other_names_and_mounts_lead_to_the_same_question) {
  rules.skip = {at("skipped")};
  use();
  std::filesystem::create_directory(at("skipped"));
  put("bad", kBad);
  ASSERT_EQ(::link(at("bad").c_str(), at("skipped/hard").c_str()), 0);
  EXPECT_FALSE(reads("skipped/hard"));
  put("skipped/alone", kBad);
  EXPECT_TRUE(reads("skipped/alone")) << "what policy leaves out";
  std::filesystem::create_directory(at("other"));
  ASSERT_EQ(::mount(place.c_str(), at("other").c_str(), nullptr, MS_BIND, nullptr), 0);
  EXPECT_FALSE(reads("other/bad"));
  EXPECT_NE(shell("unshare -m cat " + at("other/bad") + " >/dev/null 2>&1"), 0);
  ::umount2(at("other").c_str(), MNT_DETACH);
}
TEST_F(ScanGateOnKernel, another_medium_in_the_same_place_is_guarded_too) {
  ASSERT_EQ(::umount2(place.c_str(), 0), 0) << std::strerror(errno);
  ASSERT_EQ(::mount("kw-again", place.c_str(), "tmpfs", 0, "size=16m,mode=755"), 0);
  put("bad", kBad);
  EXPECT_TRUE(reads("bad")) << "not asked about yet";
  ASSERT_TRUE(gate.guard(place));
  EXPECT_FALSE(reads("bad"));
}
TEST_F(ScanGateOnKernel, equal_content_is_scanned_once) {
  put("a", kGood);
  put("b", kGood);
  ASSERT_TRUE(comes_to_be_known("a"));
  const auto before = scanner.scans();
  EXPECT_TRUE(reads("b"));
  EXPECT_EQ(scanner.scans(), before);
  gate.scanner(0, true);
  contents.forget();
  // The kernel asks again once the gate's thread has told it to forget.
  EXPECT_TRUE(soon([&] { return reads("b") && scanner.scans() > before; })) << "other signatures, another look";
  EXPECT_EQ(scanner.scans(), before + 1);
}
TEST_F(ScanGateOnKernel, late_verdicts_are_policys_choice_and_still_come) {
  put("bad", kBad);
  rules.wait = 50ms;
  rules.allow_late = true;
  use();
  scanner.hold(true);
  EXPECT_TRUE(reads("bad"));
  const auto unjudged = news.wait<UnjudgedTold>();
  ASSERT_TRUE(unjudged);
  EXPECT_EQ(unjudged->file.why, NoVerdict::late);
  scanner.hold(false);
  EXPECT_TRUE(found("bad"));
  rules.allow_late = false;
  use();
  scanner.hold(true);
  put("other", kBad + "2");
  EXPECT_FALSE(reads("other"));
  scanner.hold(false);
}
TEST_F(ScanGateOnKernel, without_a_scanner_policy_decides) {
  put("good", kGood);
  gate.scanner(std::nullopt, false);
  EXPECT_FALSE(reads("good"));
  rules.allow_down = true;
  use();
  EXPECT_TRUE(reads("good"));
  EXPECT_TRUE(
      news.wait<UnjudgedTold>([](const auto& one) { return one.file.why == NoVerdict::down && !one.file.refused; }));
}
TEST_F(ScanGateOnKernel, the_scanners_own_openings_pass) {
  put("bad", kBad);
  // A shell that waits, says that it may go on, and opens the file in its own process.
  auto in = stream_pair(), out = pipe_pair();
  ASSERT_TRUE(in && out);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto child = spawn({"/bin/sh", "-c", "read go; exec 3< " + at("bad") + " && echo yes"},
                           {in->theirs.get(), out->theirs.get(), null.get()});
  ASSERT_TRUE(child);
  gate.scanner(*child, false);
  in->theirs.reset();
  out->theirs.reset();
  ASSERT_EQ(::write(in->ours.get(), "go\n", 3), 3);
  int status = 0;
  ASSERT_EQ(::waitpid(*child, &status, 0), *child);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(reads("bad"));
}
TEST_F(ScanGateOnKernel, own_process_is_never_kept) {
  put("bad", kBad);
  std::ifstream in(at("bad"));
  EXPECT_TRUE(in.good());
  EXPECT_TRUE(news.all().empty());
}
TEST_F(ScanGateOnKernel, watch_lets_everything_through_at_once_and_tells) {
  rules.mode = v1::WATCH;
  use();
  put("bad", kBad);
  EXPECT_TRUE(reads("bad"));
  const auto told = found("bad");
  ASSERT_TRUE(told);
  EXPECT_FALSE(told->file.refused);
}
TEST_F(ScanGateOnKernel, a_gate_that_stalls_is_closed_and_nobody_is_kept) {
  gate.stop();
  put("bad", kBad);
  std::mutex stall;
  std::atomic<bool> lost = false;
  FanotifyScanGate slow(contents, clock, {200ms, 10s, 1});
  stall.lock();
  ASSERT_TRUE(slow.start([&](ScanNews one) {
    if (std::holds_alternative<ScanGateLost>(one)) {
      lost = true;
      return;
    }
    const std::lock_guard wait(stall);  // the gate thread hangs here
  }));
  slow.use(std::make_shared<ScanRules>(rules));
  slow.scanner(0, false);
  ASSERT_TRUE(slow.guard(place));
  EXPECT_FALSE(reads("bad")) << "answered before it is told";
  EXPECT_TRUE(reads("bad")) << "the gate thread hangs: the watchdog lets this one through";
  EXPECT_TRUE(soon([&] { return lost.load(); }));
  stall.unlock();
  slow.stop();
}
TEST_F(ScanGateOnKernel, a_stop_waits_for_no_scanner) {
  put("bad", kBad);
  scanner.hold(true);
  std::thread reader([&] { EXPECT_TRUE(reads("bad")) << "the kernel lets it through"; });
  ASSERT_TRUE(soon([&] { return gate.counts().asked > 0; }));
  gate.stop();
  reader.join();
  EXPECT_TRUE(gate.start([](ScanNews) {}));
  EXPECT_EQ(gate.start([](ScanNews) {}).code(), Errc::wrong_state);
}

// ---- with a real clamd ------------------------------------------------------------------------------------------
class ScanGateWithClamd : public ScanPlace {
 protected:
  void SetUp() override {
    ScanPlace::SetUp();
    if (IsSkipped()) return;
    if (!clamd.start()) GTEST_SKIP() << "clamd (package clamav-daemon) does not run here";
    scanner.use(clamd.socket());
    const auto started = gate.start([this](ScanNews one) { news.add(std::move(one)); });
    if (!started && started.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
    ASSERT_TRUE(started) << started.error().text();
    rules.mode = v1::ENFORCE;
    rules.wait = 20s;
    gate.use(std::make_shared<ScanRules>(rules));
    const auto hello = scanner.hello(5s);
    ASSERT_TRUE(hello) << hello.error().text();
    EXPECT_EQ(hello->pid, clamd.pid());
    EXPECT_TRUE(hello->engine.starts_with("ClamAV "));
    gate.scanner(hello->pid, false);
    ASSERT_TRUE(gate.guard(place));
  }
  void TearDown() override {
    gate.stop();
    ScanPlace::TearDown();
  }
  Clamd clamd;
  SystemClock clock;
  ClamdScanner scanner;
  FileScanner contents{scanner, clock};
  FanotifyScanGate gate{contents, clock};
  ScanRules rules;
  News news;
};

TEST_F(ScanGateWithClamd, eicar_is_refused_plain_and_padded) {
  put("good", "nothing in here");
  put("plain", eicar());
  put("padded", std::string(100'000, ' ') + eicar() + std::string(1000, '\n'));
  EXPECT_TRUE(reads("good"));
  EXPECT_FALSE(reads("plain"));
  EXPECT_FALSE(reads("padded"));
  const auto told = news.wait<FoundTold>();
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->file.name.starts_with("Eicar-Test-Signature"));
}
TEST_F(ScanGateWithClamd, a_frozen_scanner_keeps_nobody_longer_than_policy_says) {
  rules.wait = 100ms;
  rules.allow_late = true;
  gate.use(std::make_shared<ScanRules>(rules));
  put("good", "nothing in here");
  clamd.freeze();
  EXPECT_TRUE(reads("good"));
  EXPECT_TRUE(news.wait<UnjudgedTold>([](const auto& one) { return one.file.why == NoVerdict::late; }));
  EXPECT_EQ(scanner.hello(100ms).code(), Errc::timeout);
  clamd.stop();
  EXPECT_EQ(scanner.hello(5s).code(), Errc::unavailable);
  put("more", "nothing in here either");
  rules.allow_down = true;
  gate.use(std::make_shared<ScanRules>(rules));
  EXPECT_TRUE(reads("more"));
  EXPECT_TRUE(news.wait<UnjudgedTold>([](const auto& one) { return one.file.why == NoVerdict::down; }));
}

// ---- what both gates promise ------------------------------------------------------------------------------------
struct ScanDriver {
  virtual ~ScanDriver() = default;
  virtual ScanFileGate& gate() = 0;
  virtual std::string place() = 0;
  virtual void put(const std::string& name, const std::string& content) = 0;
  virtual bool reads(const std::string& name) = 0;
};
struct RecordedScan final : ScanDriver {
  RecordedScanGate gate_;
  ScanFileGate& gate() override { return gate_; }
  std::string place() override { return "/place"; }
  void put(const std::string& name, const std::string& content) override {
    auto& file = gate_.files["/place/" + name];
    file.content = content;
    ++file.changed;
  }
  bool reads(const std::string& name) override { return gate_.open("/place/" + name); }
};
struct RealScan final : ScanDriver {
  explicit RealScan(std::string where) : where_(std::move(where)) {}
  SystemClock clock_;
  RecordedScanner scanner_;
  FileScanner contents_{scanner_, clock_};
  FanotifyScanGate gate_{contents_, clock_};
  std::string where_;
  ScanFileGate& gate() override { return gate_; }
  std::string place() override { return where_; }
  void put(const std::string& name, const std::string& content) override {
    std::ofstream(where_ + "/" + name) << content;
  }
  bool reads(const std::string& name) override {
    const auto done = run_process({{"/bin/cat", where_ + "/" + name}, {}, 60s});
    return done && done->exit_code == 0;
  }
};

class ScanGateContract : public ScanPlace, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, ScanGateContract, testing::Values("Linux", "Recorded"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(ScanGateContract, asks_by_rules_on_guarded_places_only_and_tells) {
  std::unique_ptr<ScanDriver> driver;
  if (GetParam() == std::string("Linux"))
    driver = std::make_unique<RealScan>(place);
  else
    driver = std::make_unique<RecordedScan>();
  auto& gate = driver->gate();
  driver->put("good", kGood);
  driver->put("bad", kBad);
  driver->put("limit", std::string(kLimit));
  News news;
  EXPECT_EQ(gate.guard(driver->place()).code(), Errc::wrong_state);
  const auto started = gate.start([&](ScanNews one) { news.add(std::move(one)); });
  if (!started && started.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
  ASSERT_TRUE(started);
  EXPECT_EQ(gate.start([](ScanNews) {}).code(), Errc::wrong_state);
  ScanRules rules;
  rules.mode = v1::ENFORCE;
  rules.wait = 20s;
  const auto use = [&] { gate.use(std::make_shared<ScanRules>(rules)); };
  use();
  gate.scanner(0, false);
  EXPECT_TRUE(driver->reads("bad")) << "not guarded";
  EXPECT_EQ(gate.guard("/nowhere/at/all").code(), Errc::not_found);
  ASSERT_TRUE(gate.guard(driver->place()));
  ASSERT_TRUE(gate.guard(driver->place()));
  EXPECT_TRUE(driver->reads("good"));
  EXPECT_FALSE(driver->reads("bad"));
  EXPECT_FALSE(driver->reads("limit"));
  EXPECT_TRUE(
      news.wait<FoundTold>([](const auto& one) { return one.file.refused && one.file.path.ends_with("/bad"); }));
  EXPECT_TRUE(news.wait<UnjudgedTold>([](const auto& one) { return one.file.why == NoVerdict::limited; }));
  rules.restored = {crypto::sm3(bytes_of(kBad))};
  use();
  EXPECT_TRUE(driver->reads("bad"));
  rules.restored.clear();
  rules.most_octets = 3;
  use();
  driver->put("good", kGood + "!");
  EXPECT_FALSE(driver->reads("good")) << "too large";
  rules.mode = v1::OFF;
  use();
  EXPECT_TRUE(driver->reads("bad"));
  EXPECT_GE(gate.counts().refused, 3U);
  gate.stop();
  gate.stop();
  EXPECT_TRUE(driver->reads("bad"));
}

}  // namespace
}  // namespace kw::platform

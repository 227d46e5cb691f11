// The gate on the real kernel: every way in that fanotify can see, on a file system of the test's own.
#include "platform/linux/fanotify_exec.h"

#include <sys/mman.h>

#include "platform/linux/mount_fixture_test.h"
#include "platform/linux/package_programs.h"
#include "platform/recorded/recorded_program_gate.h"

namespace kw::platform {
namespace {

using namespace device;
using namespace std::chrono_literals;

// A program of the machine by its real path, so that the gate knows what a process runs.
std::string real(const std::string& path) { return std::filesystem::canonical(path).native(); }
std::string loader() { return real("/lib64/ld-linux-x86-64.so.2"); }

class GateOnKernel : public MountTest {
 protected:
  void SetUp() override {
    MountTest::SetUp();
    if (IsSkipped()) return;
    copy_program("/bin/true", "good");
    copy_program("/bin/true", "evil", "evil");
    programs = {{digest(at("good")), "", false},
                {digest(real("/bin/sh")), real("/bin/sh"), true},
                {digest(real("/bin/cat")), real("/bin/cat"), false},
                {digest(loader()), loader(), true}};
    rules.mode = v1::ENFORCE;
    rules.libraries = true;
    rules.suffixes = {".sh"};
    rules.verdict = 5s;  // of a busy machine; the time itself is tested in gate_test
    const auto started = gate.start([this](GateNews one) { news.add(std::move(one)); });
    if (!started && started.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
    ASSERT_TRUE(started) << started.error().text();
    use();
    std::atomic<bool> warm = false;
    gate.warm({real("/bin/sh"), real("/bin/cat"), loader()}, [&] { warm = true; });
    ASSERT_TRUE(eventually([&] { return warm.load(); }));
    ASSERT_TRUE(gate.guard({place, Guarding::all}));
  }
  void TearDown() override {
    gate.stop();
    MountTest::TearDown();
  }
  void use() {
    rules.list = std::make_shared<ProgramList>(ProgramList::make(programs));
    gate.use(std::make_shared<ProgramRules>(rules));
  }
  // The exit code; -1 where the program could not be started for lack of permission.
  static int run(std::vector<std::string> arguments) {
    const auto done = run_process({std::move(arguments), {}, 20s});
    if (!done) {
      EXPECT_EQ(done.code(), Errc::not_permitted) << done.error().text();
      return -1;
    }
    return done->exit_code;
  }
  std::optional<ProgramTold> told(Judgement why, const std::string& path_end) {
    const auto found = news.wait([&](const GateNews& one) {
      const auto* told = std::get_if<ProgramTold>(&one);
      return told != nullptr && told->seen.why == why && told->seen.path.ends_with(path_end);
    });
    return found ? std::optional(std::get<ProgramTold>(*found)) : std::nullopt;
  }

  FanotifyGate gate;
  ProgramRules rules;
  std::vector<Program> programs;
  Heard<GateNews> news;
};

TEST_F(GateOnKernel, KnownRunsAndUnknownIsRefusedAndNamed) {
  EXPECT_EQ(run({at("good")}), 0);
  EXPECT_EQ(run({at("evil")}), -1);
  const auto seen = told(Judgement::unknown, "/evil");
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->seen.refused);
  EXPECT_TRUE(seen->seen.running);
  EXPECT_EQ(seen->seen.digest, digest(at("evil")));
  EXPECT_EQ(seen->by.user, "0");
  EXPECT_GT(seen->by.pid, 0);
  EXPECT_EQ(news.all().size(), 1U);
}
TEST_F(GateOnKernel, WatchLetsItRunAndTells) {
  rules.mode = v1::WATCH;
  use();
  EXPECT_EQ(run({at("evil")}), 0);
  const auto seen = told(Judgement::unknown, "/evil");
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->seen.refused);
}
TEST_F(GateOnKernel, TheLoaderIsNoWayAround) {
  EXPECT_EQ(run({loader(), at("good")}), 0);
  EXPECT_NE(run({loader(), at("evil")}), 0);
  EXPECT_TRUE(told(Judgement::unknown, "/evil"));
}
TEST_F(GateOnKernel, ALibraryIsNoWayIn) {
  std::filesystem::copy_file(at("evil"), at("evil.so"));
  EXPECT_EQ(run({"/bin/sh", "-c", "LD_PRELOAD=" + at("evil.so") + " /bin/cat " + at("good") + " >/dev/null"}), 0);
  EXPECT_TRUE(told(Judgement::unknown, "/evil.so"));  // the loader says that it could not preload, and goes on
}
TEST_F(GateOnKernel, ScriptsAreJudgedWhicheverWayTheyStart) {
  write("signed", "#!/bin/sh\nexit 0\n", 0755);
  write("named.sh", "exit 7\n");
  EXPECT_EQ(run({at("signed")}), -1);
  EXPECT_NE(run({"/bin/sh", at("signed")}), 0);
  EXPECT_NE(run({"/bin/sh", at("named.sh")}), 7);
  EXPECT_TRUE(told(Judgement::unknown, "/named.sh"));
  EXPECT_EQ(run({"/bin/cat", at("named.sh")}), 0) << "for other programs it is data";
  for (const auto* name : {"signed", "named.sh"}) programs.push_back({digest(at(name)), "", false});
  use();
  EXPECT_EQ(run({at("signed")}), 0);
  EXPECT_EQ(run({"/bin/sh", at("named.sh")}), 7);
}
TEST_F(GateOnKernel, OtherNamesMountsAndNamespacesLeadToTheSameQuestion) {
  ASSERT_EQ(::link(at("evil").c_str(), at("hard").c_str()), 0);
  EXPECT_EQ(run({at("hard")}), -1);
  std::filesystem::create_directory(at("other"));
  ASSERT_EQ(::mount(place.c_str(), at("other").c_str(), nullptr, MS_BIND, nullptr), 0);
  EXPECT_EQ(run({at("other/evil")}), -1);
  EXPECT_NE(run({"/bin/sh", "-c", "unshare -m " + at("evil")}), 0);
  EXPECT_EQ(run({"/bin/sh", "-c", "unshare -m " + at("good")}), 0);
  ::umount2(at("other").c_str(), MNT_DETACH);
}
TEST_F(GateOnKernel, DataIsAskedAboutOnceUntilItBecomesAProgram) {
  write("notes", "no program\n");
  const auto read = [&] { return run({real("/bin/cat"), at("notes")}); };
  ASSERT_TRUE(eventually([&] {  // settled, and marked
    EXPECT_EQ(read(), 0);
    const auto before = gate.counts().data;
    EXPECT_EQ(read(), 0);
    return gate.counts().data == before;
  }));
  std::filesystem::copy_file("/bin/true", at("notes"), std::filesystem::copy_options::overwrite_existing);
  std::ofstream(at("notes"), std::ios::app) << "evil";
  ::chmod(at("notes").c_str(), 0755);
  EXPECT_EQ(run({at("notes")}), -1);
  EXPECT_NE(run({loader(), at("notes")}), 0);
}
TEST_F(GateOnKernel, AFileWithoutANameIsJudgedToo) {
  rules.libraries = false;  // so that the shell's opening is what may pass
  use();
  EXPECT_NE(run({"/bin/sh", "-c", "exec 9<" + at("evil") + "; rm " + at("evil") + "; /proc/self/fd/9"}), 0);
  EXPECT_FALSE(news.all().empty());
}
TEST_F(GateOnKernel, AChangedProgramIsUnknownAtOnce) {
  ASSERT_TRUE(eventually([&] {
    const auto before = gate.counts().asked;
    EXPECT_EQ(run({at("good")}), 0);
    return gate.counts().asked == before;
  })) << "the kernel stops asking about what is known";
  std::ofstream(at("good"), std::ios::app) << "x";
  EXPECT_EQ(run({at("good")}), -1);
  EXPECT_TRUE(told(Judgement::unknown, "/good"));
}
TEST_F(GateOnKernel, AChangeThroughAMappingIsSeenWhenItIsClosed) {
  ASSERT_TRUE(eventually([&] {
    const auto before = gate.counts().asked;
    EXPECT_EQ(run({at("good")}), 0);
    return gate.counts().asked == before;
  }));
  UniqueFd fd(::open(at("good").c_str(), O_RDWR | O_CLOEXEC));
  const auto size = std::filesystem::file_size(at("good"));
  auto* content = static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0));
  ASSERT_NE(content, MAP_FAILED);
  content[size - 1] ^= 1;
  const auto busy = run_process({{at("good")}});
  EXPECT_FALSE(busy) << "the kernel runs nothing that is open for writing (ETXTBSY)";
  ::munmap(content, size);
  fd.reset();
  EXPECT_TRUE(eventually([&] { return run({at("good")}) == -1; }));
}
TEST_F(GateOnKernel, AGateThatStallsIsClosedAndNobodyIsKept) {
  gate.stop();
  std::mutex stall;
  std::atomic<bool> lost = false;
  FanotifyGate slow({200ms, 1});
  stall.lock();
  ASSERT_TRUE(slow.start([&](GateNews one) {
    if (std::holds_alternative<GateLost>(one)) {
      lost = true;
      return;
    }
    const std::lock_guard wait(stall);  // the gate thread hangs here
  }));
  slow.use(std::make_shared<ProgramRules>(rules));
  ASSERT_TRUE(slow.guard({place, Guarding::all}));
  EXPECT_EQ(run({at("evil")}), -1) << "answered before it is told";
  EXPECT_EQ(run({at("evil")}), 0) << "the gate thread hangs: the watchdog lets this one through";
  EXPECT_TRUE(eventually([&] { return lost.load(); }));
  EXPECT_EQ(run({at("good")}), 0);
  stall.unlock();
  slow.stop();
}
TEST_F(GateOnKernel, OwnProcessIsNeverKept) {
  EXPECT_EQ(read_file(at("evil"), std::size_t{64} << 20)->size(), std::filesystem::file_size(at("evil")));
  const UniqueFd written(::open(at("new").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  EXPECT_TRUE(static_cast<bool>(written));
  EXPECT_TRUE(news.all().empty());
}
TEST_F(GateOnKernel, AfterTheStopEverythingRunsAgain) {
  EXPECT_EQ(run({at("evil")}), -1);
  gate.stop();
  EXPECT_EQ(run({at("evil")}), 0);
  EXPECT_EQ(gate.start([](GateNews) {}).has_value(), true);
  EXPECT_EQ(gate.start([](GateNews) {}).code(), Errc::wrong_state);
}

// ---- what both gates promise -----------------------------------------------------------------------------------
struct ExecDriver {
  virtual ~ExecDriver() = default;
  virtual ProgramGate& gate() = 0;
  virtual std::string place() = 0;
  virtual void put(const std::string& name, ByteView content) = 0;
  virtual bool runs(const std::string& name) = 0;
};
struct RecordedExec final : ExecDriver {
  RecordedProgramGate gate_;
  ProgramGate& gate() override { return gate_; }
  std::string place() override { return "/place"; }
  void put(const std::string& name, ByteView content) override {
    gate_.files["/place/" + name].content = copy(content);
  }
  bool runs(const std::string& name) override { return gate_.open("/place/" + name, true, 99); }
};
struct RealExec final : ExecDriver {
  explicit RealExec(std::string where) : where_(std::move(where)) {}
  FanotifyGate gate_;
  std::string where_;
  ProgramGate& gate() override { return gate_; }
  std::string place() override { return where_; }
  void put(const std::string& name, ByteView content) override {
    const auto path = where_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text_of(content);
    ::chmod(path.c_str(), 0755);
  }
  bool runs(const std::string& name) override { return run_process({{where_ + "/" + name}, {}, 20s}).has_value(); }
};

class GateContract : public MountTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, GateContract, testing::Values("Linux", "Recorded"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(GateContract, AsksByRulesOnGuardedPlacesOnlyAndTells) {
  std::unique_ptr<ExecDriver> driver;
  if (GetParam() == std::string("Linux"))
    driver = std::make_unique<RealExec>(place);
  else
    driver = std::make_unique<RecordedExec>();
  auto& gate = driver->gate();
  auto content = read_file("/bin/true", std::size_t{64} << 20).value();
  driver->put("good", content);
  const auto good = crypto::sm3(content);
  content.push_back(1);
  driver->put("evil", content);

  Heard<GateNews> news;
  ASSERT_TRUE(gate.start([&](GateNews one) { news.add(std::move(one)); }));
  EXPECT_EQ(gate.start([](GateNews) {}).code(), Errc::wrong_state);
  ProgramRules rules;
  rules.mode = v1::ENFORCE;
  rules.verdict = 10s;
  rules.list = std::make_shared<ProgramList>(ProgramList::make({{good, "", false}}));
  gate.use(std::make_shared<ProgramRules>(rules));
  EXPECT_TRUE(driver->runs("evil")) << "not guarded";
  EXPECT_EQ(gate.guard({"/nowhere/at/all", Guarding::all}).code(), Errc::not_found);
  ASSERT_TRUE(gate.guard({driver->place(), Guarding::all}));
  ASSERT_TRUE(gate.guard({driver->place(), Guarding::all}));
  EXPECT_TRUE(driver->runs("good"));
  EXPECT_FALSE(driver->runs("evil"));
  EXPECT_TRUE(news.wait([](const GateNews& one) {
    const auto* told = std::get_if<ProgramTold>(&one);
    return told != nullptr && told->seen.refused && told->seen.path.ends_with("/evil");
  }));
  std::atomic<bool> warm = false;
  gate.warm({driver->place() + "/good", "/not/there"}, [&] { warm = true; });
  EXPECT_TRUE(eventually([&] { return warm.load(); }));
  EXPECT_GE(gate.counts().refused, 1U);
  rules.mode = v1::OFF;
  gate.use(std::make_shared<ProgramRules>(rules));
  EXPECT_TRUE(eventually([&] { return driver->runs("evil"); }));
  gate.stop();
  gate.stop();
  EXPECT_TRUE(driver->runs("evil"));
}

}  // namespace
}  // namespace kw::platform

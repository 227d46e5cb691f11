// links: server privacy
// Prints what one value of free text costs, in nanoseconds of processor time: by privacy::hide_identifiers (numbers
// alone), landing::masked_text (numbers and markings), and the platform's landing desk with the shipped rules. Values
// as audit entries have them: a reason, a path, a query, one with a number in it. `--smoke` shows that it works.
#include <cstdio>
#include <cstring>
#include <ctime>

#include "privacy/mask.h"
#include "server/landing_desk.h"

namespace {

bool smoke = false;

template <class Work>
void measure(const char* value, const char* by, Work work) {
  std::size_t octets = 0;
  const std::size_t rounds = smoke ? 100 : 200'000;
  for (std::size_t i = 0; i < rounds / 10; ++i) octets += work().size();
  const std::clock_t start = std::clock();
  for (std::size_t i = 0; i < rounds; ++i) octets += work().size();
  const double took = static_cast<double>(std::clock() - start) * 1e9 / CLOCKS_PER_SEC;
  std::printf("%-14s %-16s %8.0f ns\n", value, by, took / static_cast<double>(rounds));
  if (octets == 0) std::printf("nothing was made\n");
}

}  // namespace

int main(int argc, char** argv) {
  smoke = argc > 1 && std::strcmp(argv[1], "--smoke") == 0;
  kw::NullLog log;
  auto book = kw::server::LandingRulebook::load(KW_SOURCE_DIR "/catalogue");
  if (!book || !book->database) return 1;
  kw::server::LandingDesk desk(std::move(*book), log), bare({}, log);
  const struct {
    const char* name;
    std::string text;
  } values[]{{"word", "scope"},
             {"path", "/usr/lib/x86_64-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner --reason=startup"},
             {"reason", "终端维护：更换打印机后重新登记，密码策略未变更，联系网点负责人确认"},
             {"query", "type=net.outbound.illegal&from=2026-11-26T22:56:08Z&to=2026-11-27T22:56:08Z&limit=500"},
             {"with a number", "applicant 11010519491231002X asked by telephone, see the note of the counter"},
             {"512 octets", std::string(512, 'x')}};
  for (const auto& [name, text] : values) {
    measure(name, "hide_identifiers", [&t = text] { return kw::privacy::hide_identifiers(t); });
    measure(name, "masked_text", [&t = text] { return kw::landing::masked_text(t); });
    measure(name, "desk, no rules", [&t = text, &bare] { return bare.masked(kw::server::LandingPlace::audit, t); });
    measure(name, "desk, 5 rules", [&t = text, &desk] { return desk.masked(kw::server::LandingPlace::audit, t); });
  }
  return desk.tallies().empty() ? 1 : 0;
}

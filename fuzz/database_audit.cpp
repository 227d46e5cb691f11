// links: dbaudit
// Lines of a database's own audit: each is read within its bounds or refused, and nothing of a statement's text is kept.
#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"
#include "dbaudit/act_judge.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  dbaudit::ActJudge judge({{"app"}, {"biz.*"}, true});
  auto text = text_of(kw::ByteView(data, size));
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto line = dbaudit::parse_audit_line(text.substr(0, end))) {
      if (line->verb.size() > 16 || (!line->trace.empty() && line->trace.size() != 32)) std::abort();
      for (const auto& act : judge.take(*line).acts)
        if (act.origin == dbaudit::Origin::platform && act.trace.empty()) std::abort();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (const auto& act : judge.flush())
    if (act.origin == dbaudit::Origin::platform) std::abort();
  return 0;
}

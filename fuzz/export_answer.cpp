// links: export
#include "export/message.h"

// The first octet chooses the receiver, the second the status.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::exports;
  if (size < 2) return 0;
  Profile profile;
  profile.kind = data[0] % 4 == 0 ? Kind::soap : data[0] % 4 == 1 ? Kind::files : Kind::http;
  profile.http.wrap = data[0] % 4 == 2 ? Wrap::kafka_v2 : Wrap::kafka_v3;
  profile.charset = data[0] & 16 ? Charset::gbk : Charset::gb18030;
  profile.reply = {"return", "000", "001", {"103"}, (data[0] & 8) != 0, "RefusedLog", "Num_ID", "Error_Code"};
  const auto ledger = identity_of("l", {});
  const Batch batch{"b", {test_record(ledger, {}), test_record(ledger, kw::Timestamp::from_seconds(1))}};
  const auto answer = read_answer(profile, batch, data[1] & 1 ? 500 : 200, {data + 2, size - 2});
  if (!answer) return 0;
  if (answer->refused.size() > batch.records.size() || answer->word.size() > 200) __builtin_trap();
  if (answer->accepted && answer->refused.size() == batch.records.size()) __builtin_trap();
  return 0;
}

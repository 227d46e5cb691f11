#include "device/drill/boundary.h"

#include <algorithm>

#include "schema/codec.h"

namespace kw::device {
namespace {

namespace v1 = ::kioskward::v1;
constexpr std::uint32_t kDrillVersion = 1;
constexpr std::size_t kMostDrillPath = 1024, kMostDrillWord = 64, kMostDrillDetail = 512;
constexpr int kMostDrillList = 64;

Result<> drill_check(bool good, const char* what) {
  if (!good) return fail(Errc::malformed, std::string("drill: ") + what);
  return {};
}

bool drill_path(const std::string& path) {
  return path.empty() || (path[0] == '/' && path.size() <= kMostDrillPath && path.find('\0') == std::string::npos);
}

template <class List>
bool all_paths(const List& list) {
  return list.size() <= kMostDrillList &&
         std::ranges::all_of(list, [](const std::string& one) { return !one.empty() && drill_path(one); });
}

Result<> check_task(const v1::DrillTask& task) {
  KW_CHECK(drill_check(task.users_size() <= 8, "users"));
  for (const auto& user : task.users()) KW_CHECK(drill_check(!user.empty() && user.size() <= kMostDrillWord, "user"));
  KW_CHECK(drill_check(all_paths(task.caches()) && all_paths(task.temporary()) && all_paths(task.logs()), "places"));
  for (const auto* path : {&task.directory(), &task.token_file(), &task.shared_memory(), &task.print_spool(),
                           &task.state(), &task.cookie()})
    KW_CHECK(drill_check(drill_path(*path), "path"));
  KW_CHECK(drill_check(task.api_port() <= 65535 && task.api_host().size() <= kMostDrillWord, "api"));
  KW_CHECK(drill_check(task.matter().size() <= 128 && task.display().size() <= kMostDrillWord, "words"));
  return drill_check(task.guard() > 1, "guard");
}

Result<> check_report(const v1::DrillReport& report) {
  KW_CHECK(drill_check(report.plantings_size() <= kMostDrillPlaces && report.places_size() <= kMostDrillPlaces &&
                           report.hits_size() <= kMostDrillHits,
                       "report"));
  for (const auto& one : report.plantings())
    KW_CHECK(drill_check(v1::DrillPlanting::Canary_IsValid(one.canary()) && one.reason().size() <= kMostDrillWord,
                         "planting"));
  for (const auto& one : report.places())
    KW_CHECK(drill_check(one.place().size() <= kMostDrillWord && one.reason().size() <= kMostDrillWord, "place"));
  for (const auto& one : report.hits())
    KW_CHECK(drill_check(v1::DrillPlanting::Canary_IsValid(one.canary()) && one.place().size() <= kMostDrillWord &&
                             one.part().size() <= kMostDrillWord,
                         "hit"));
  return {};
}

}  // namespace

Result<v1::DrillCommand> parse_drill_command(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::DrillCommand>(octets, kMostDrillPacket));
  if (message.version() != kDrillVersion) return fail(Errc::unsupported, "version of a drill command");
  if (message.body_case() == v1::DrillCommand::BODY_NOT_SET) return fail(Errc::malformed, "an empty drill command");
  if (message.has_task()) KW_CHECK(check_task(message.task()));
  return message;
}

Result<v1::DrillNews> parse_drill_news(ByteView octets) {
  KW_TRY(auto message, schema::parse<v1::DrillNews>(octets, kMostDrillPacket));
  if (message.version() != kDrillVersion) return fail(Errc::unsupported, "version of drill news");
  if (message.body_case() == v1::DrillNews::BODY_NOT_SET) return fail(Errc::malformed, "empty drill news");
  if (message.has_report()) KW_CHECK(check_report(message.report()));
  if (message.has_trouble()) KW_CHECK(drill_check(message.trouble().detail().size() <= kMostDrillDetail, "detail"));
  return message;
}

Bytes encode_drill(v1::DrillCommand message) {
  message.set_version(kDrillVersion);
  return schema::serialise(message);
}
Bytes encode_drill(v1::DrillNews message) {
  message.set_version(kDrillVersion);
  return schema::serialise(message);
}

}  // namespace kw::device

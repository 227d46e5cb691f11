#include "paper/words.h"

#include <array>
#include <cstdio>

namespace kw::paper {
namespace {

struct Pair {
  std::string_view zh, en;
};

constexpr std::array<Pair, compliance::kStatuses> kStatusWords{{{"符合（测量）", "met (measured)"},
                                                                {"符合（证明）", "met (attested)"},
                                                                {"部分符合", "partly met"},
                                                                {"不符合", "not met"},
                                                                {"不适用", "not applicable"},
                                                                {"未知", "unknown"}}};
constexpr std::array<std::string_view, compliance::kStatuses> kMarks{"●", "◎", "△", "×", "－", "○"};
constexpr std::array<Tone, compliance::kStatuses> kStatusTones{Tone::good, Tone::attested, Tone::partly,
                                                               Tone::bad,  Tone::none,     Tone::unknown};
constexpr std::array<Pair, 5> kSeverityWords{
    {{"提示", "information"}, {"轻微", "minor"}, {"一般", "ordinary"}, {"严重", "serious"}, {"重大", "critical"}}};
constexpr std::array<Pair, 4> kModalityWords{
    {{"应", "shall"}, {"不应", "shall not"}, {"宜", "should"}, {"资料性", "informative"}}};
constexpr std::array<Pair, 3> kScopeWords{{{"终端", "kiosk"}, {"场所", "site"}, {"平台", "platform"}}};
constexpr std::array<Pair, 21> kWhyWords{{{"成立", "holds"},
                                          {"从未测量", "never measured"},
                                          {"数据过旧", "measured too long ago"},
                                          {"采集方未能测量", "its source could not measure"},
                                          {"时间晚于评估时刻", "measured in the future"},
                                          {"缺少所需签名", "not signed"},
                                          {"值与要求不符", "not as it has to be"},
                                          {"发生了不应发生的事件", "happened, and must not"},
                                          {"应发生的事件未发生", "did not happen, and must"},
                                          {"事件可能尚未收齐", "events may still be on their way"},
                                          {"没有记录", "no record"},
                                          {"记录已过期", "record expired"},
                                          {"记录尚未生效", "record not valid yet"},
                                          {"出具人角色不符", "given by the wrong role"},
                                          {"未附文件", "without its file"},
                                          {"缺少字段", "field missing"},
                                          {"字段与要求不符", "field not as it has to be"},
                                          {"经两人声明不适用", "declared not applicable by two persons"},
                                          {"规则不允许声明不适用", "may not be declared not applicable"},
                                          {"仅一人签署", "signed by one person only"},
                                          {"平台未覆盖", "not covered by the platform"}}};

struct RoleWord {
  std::string_view code;
  Pair words;
};
constexpr std::array<RoleWord, 7> kRoleWords{{{"system", {"系统管理员", "system administrator"}},
                                              {"security", {"安全管理员", "security administrator"}},
                                              {"audit", {"审计管理员", "audit administrator"}},
                                              {"operator", {"运维人员", "operator"}},
                                              {"inspector", {"巡检员", "inspector"}},
                                              {"custodian", {"保管人", "custodian"}},
                                              {"assessor", {"测评人员", "assessor"}}}};

struct Chapter {
  std::string_view number;
  Pair title;
};
constexpr std::array<Chapter, 9> kChapters{{{"1", {"适用范围", "Scope"}},
                                            {"2", {"引用文件", "References"}},
                                            {"3", {"术语", "Terms"}},
                                            {"4", {"缩略语", "Abbreviations"}},
                                            {"5", {"总体要求", "Overall requirements"}},
                                            {"6", {"软件安全", "Software security"}},
                                            {"7", {"数据安全", "Data security"}},
                                            {"8", {"网络安全", "Network security"}},
                                            {"9", {"安全管理", "Security management"}}}};

std::string_view in(Language language, const Pair& pair) noexcept {
  return language == Language::zh ? pair.zh : pair.en;
}

struct LocalTime {
  int year;
  unsigned month, day, hour, minute;
};
LocalTime local_time(Timestamp at) {
  using namespace std::chrono;
  const sys_seconds local{seconds(at.unix_seconds()) + hours(8)};
  const auto midnight = floor<days>(local);
  const year_month_day day(midnight);
  const hh_mm_ss clock(local - midnight);
  return {static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
          static_cast<unsigned>(clock.hours().count()), static_cast<unsigned>(clock.minutes().count())};
}

template <std::size_t Most, class... Values>
std::string formatted(const char* form, Values... values) {
  std::array<char, Most> out{};
  const int size = std::snprintf(out.data(), out.size(), form, values...);
  return {out.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::string_view word_for(Language language, compliance::Status status) noexcept {
  return in(language, kStatusWords.at(static_cast<std::size_t>(status)));
}
std::string_view word_for(Language language, compliance::Severity severity) noexcept {
  return in(language, kSeverityWords.at(static_cast<std::size_t>(severity)));
}
std::string_view word_for(Language language, compliance::Modality modality) noexcept {
  return in(language, kModalityWords.at(static_cast<std::size_t>(modality)));
}
std::string_view word_for(Language language, compliance::Scope scope) noexcept {
  return in(language, kScopeWords.at(static_cast<std::size_t>(scope)));
}
std::string_view word_for(Language language, compliance::Why why) noexcept {
  return in(language, kWhyWords.at(static_cast<std::size_t>(why)));
}
std::string role_word(Language language, std::string_view role) {
  for (const auto& one : kRoleWords)
    if (one.code == role) return std::string(in(language, one.words));
  return std::string(role);
}
std::string_view mark_of(compliance::Status status) noexcept { return kMarks.at(static_cast<std::size_t>(status)); }
Tone tone_of(compliance::Status status) noexcept { return kStatusTones.at(static_cast<std::size_t>(status)); }

std::string marked(Language language, compliance::Status status) {
  return std::string(mark_of(status)) + " " + std::string(word_for(language, status));
}

std::string asked_text(Language language, std::string_view asked) {
  // the longer phrase first, where one is part of another
  static constexpr std::array<Pair, 7> kAsked{{{"不为 ", "none of: "},
                                               {"为 ", "one of: "},
                                               {"非空", "not empty"},
                                               {"为空", "empty"},
                                               {"不小于 ", "at least "},
                                               {"距今不超过 ", "a time at most "},
                                               {"不大于 ", "at most "}}};
  std::string out(asked);
  if (language == Language::en) return out;
  for (const auto& [zh, en] : kAsked)
    if (const auto at = out.find(en); at != out.npos) out.replace(at, en.size(), zh);
  if (out.ends_with(" ago")) out.resize(out.size() - 4);
  return out;
}

std::string_view chapter_title(Language language, std::string_view chapter) noexcept {
  for (const auto& one : kChapters)
    if (one.number == chapter) return in(language, one.title);
  return {};
}

std::string day_text(Language language, Timestamp at) {
  constexpr std::array<const char*, 12> kMonths{"January", "February", "March",     "April",   "May",      "June",
                                                "July",    "August",   "September", "October", "November", "December"};
  const auto local = local_time(at);
  if (language == Language::zh) return formatted<64>("%d年%u月%u日", local.year, local.month, local.day);
  return formatted<64>("%u %s %d", local.day, kMonths.at(local.month - 1), local.year);
}

std::string minute_text(Timestamp at) {
  const auto local = local_time(at);
  return formatted<64>("%04d-%02u-%02u %02u:%02u", local.year, local.month, local.day, local.hour, local.minute);
}

std::string age_text(Language language, Duration age) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(age).count();
  const auto text = [&](std::int64_t number, std::string_view zh, std::string_view en) {
    const auto words = std::string(language == Language::zh ? zh : en);
    return std::to_string(number) + " " + words + (language == Language::en && number != 1 ? "s" : "");
  };
  if (minutes >= 2 * 24 * 60) return text(minutes / (24 * 60), "天", "day");
  if (minutes >= 60) return text(minutes / 60, "小时", "hour");
  return text(minutes, "分钟", "minute");
}

std::string percent_text(std::optional<std::uint64_t> hundredths) {
  if (!hundredths) return "—";
  return formatted<32>("%llu.%02llu%%", static_cast<unsigned long long>(*hundredths / 100),
                       static_cast<unsigned long long>(*hundredths % 100));
}

}  // namespace kw::paper

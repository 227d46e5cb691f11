#pragma once
// sample_record makes invented cases that look like those of a counter: for tests, dictionaries and the bench.
#include "vault/record.h"

namespace kw::vault {

inline Record sample_record(unsigned number) {
  constexpr std::string_view kSurnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"};
  constexpr std::string_view kGiven[] = {"伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇"};
  constexpr std::string_view kStreets[] = {"深南大道", "滨河大道", "北环大道", "红荔路", "笋岗路", "华强北路"};
  constexpr std::string_view kDistricts[] = {"福田区", "南山区", "罗湖区", "宝安区", "龙岗区", "盐田区"};
  unsigned state = number * 2654435761U + 12345U;
  const auto pick = [&](unsigned n) { return (state = state * 1664525U + 1013904223U, (state >> 16) % n); };
  const auto digits = [&](unsigned count) {
    std::string out;
    while (count-- > 0) out += static_cast<char>('0' + pick(10));
    return out;
  };
  Record out("social-insurance-certificate");
  const auto text = [&](std::string_view field, const std::string& value) {
    static_cast<void>(out.text(field, value));
  };
  text("holder_name", std::string(kSurnames[pick(10)]) + std::string(kGiven[pick(12)]));
  text("id_number",
       "440304" + std::to_string(1950 + pick(55)) + "0" + std::to_string(1 + pick(9)) + "1" + digits(1) + digits(4));
  text("phone", "13" + digits(9));
  text("address",
       "广东省深圳市" + std::string(kDistricts[pick(6)]) + std::string(kStreets[pick(6)]) + digits(4) + "号");
  text("insured_unit", "深圳市" + std::string(kGiven[pick(12)]) + "达科技有限公司");
  text("insurance_kind", pick(2) == 0 ? "城镇职工基本养老保险" : "城乡居民基本医疗保险");
  text("purpose", pick(2) == 0 ? "积分入户" : "子女入学");
  static_cast<void>(out.number("first_year", 1998 + pick(25)));
  static_cast<void>(out.number("months_paid", pick(400)));
  static_cast<void>(out.flag("paid_now", pick(4) != 0));
  return out;
}

}  // namespace kw::vault

#pragma once
// make_sample gives a report of an invented city: kiosks at sites in districts, judged by the shipped catalogue, with
// entries of an invented ledger behind its lines. For tests, the fuzz target and benches; everything follows from the
// arguments but the signature of the checkpoint.
#include <filesystem>

#include "compliance/testing/fleet.h"
#include "kioskward/v1/ledger.pb.h"
#include "ledger/checkpoint.h"
#include "ledger/memory_tiles.h"
#include "report/make_model.h"
#include "schema/codec.h"

namespace kw::report::testing {

struct SampleSize {
  std::size_t kiosks = 6, sites = 3, districts = 2;
  std::size_t rule_step = 1;     // each so-many-th rule of the catalogue
  std::size_t fault_every = 40;  // see compliance::testing::make_kiosk
  std::size_t entries = 64;      // of the ledger
  bool with_items = true;
};

inline const Timestamp kSampleNow = Timestamp::from_seconds(1'795'500'000);

/// The key that signs samples.
inline crypto::Sm2PrivateKey sample_key() {
  Bytes scalar(32, 0x2a);
  auto key = crypto::Sm2PrivateKey::from_scalar(scalar);
  if (!key) throw std::runtime_error(key.error().text());
  return *key;
}

inline std::string padded(std::size_t number, std::size_t width) {
  auto out = std::to_string(number);
  while (out.size() < width) out.insert(0, "0");
  return out;
}

inline Cover sample_cover() {
  Cover out;
  out.number = "KW-2026-0042";
  out.standard = "DB4403/T 503.7-2024";
  out.subject = {"示例市政务服务自助终端", "Government self-service kiosks of Example City"};
  out.scope = {
      "示例市各区政务服务大厅及 24 小时自助区的自助服务终端、其所在场所，以及统一的管理平台。业务系统本身、"
      "政务外网骨干和机房环境不在本次评估范围内。",
      "The kiosks in the service halls and 24-hour zones of Example City's districts, their sites, and the "
      "platform that manages them. Business systems, the backbone of the government extranet and machine "
      "rooms are not part of it."};
  out.operating_unit = {"示例市政务服务和数据管理局", "Example City Bureau of Government Services and Data"};
  out.prepared_by = {"示例网络安全测评中心", "Example Centre for Security Assessment"};
  out.platform = {"示例市自助终端安全管理平台", "Kiosk security platform of Example City"};
  out.software = "kioskward-server 0.1.0";
  out.from = kSampleNow - std::chrono::hours(24 * 90);
  out.until = kSampleNow;
  out.made = kSampleNow + std::chrono::hours(10);
  return out;
}

/// The subjects, without lines: the platform, sites, kiosks.
inline std::vector<Subject> sample_subjects(const SampleSize& size) {
  static constexpr std::array<const char*, 10> kDistricts{"东湖区", "西山区", "南溪区", "北岭区", "新港区",
                                                          "高新区", "龙田区", "云台区", "滨江区", "青山区"};
  static constexpr std::array<const char*, 4> kHalls{"政务服务大厅", "街道党群服务中心", "24 小时自助服务区",
                                                     "社区便民站"};
  std::vector<Subject> out;
  out.push_back({compliance::Scope::platform, "platform", "管理平台", "kioskward-server", {}, {}, {}, {}});
  const auto district = [&](std::size_t site) {
    return std::string(kDistricts.at(site % std::min(size.districts, kDistricts.size())));
  };
  const auto site_name = [&](std::size_t site) {
    return district(site) + kHalls.at(site / size.districts % kHalls.size()) +
           (size.sites > 4 * size.districts ? " " + std::to_string(site / (4 * size.districts) + 1) : "");
  };
  for (std::size_t s = 0; s < size.sites; ++s)
    out.push_back(
        {compliance::Scope::site, "site-" + padded(s, 4), site_name(s), {}, site_name(s), district(s), {}, {}});
  static constexpr std::array<const char*, 3> kKinds{"综合自助机", "查询打印机", "证照取件柜"};
  static constexpr std::array<const char*, 4> kCustodians{"王*", "李**", "陈*", "欧阳**"};
  for (std::size_t k = 0; k < size.kiosks; ++k) {
    const auto site = k % size.sites;
    out.push_back({compliance::Scope::device,
                   "0192f0c8a3b47d10" + padded(k, 16),
                   "ZD-" + padded(k + 1, 4),
                   kKinds.at(k % kKinds.size()),
                   site_name(site),
                   district(site),
                   kCustodians.at(k % kCustodians.size()),
                   {}});
  }
  return out;
}

/// An entry of the ledger, as the platform writes them.
inline Bytes sample_entry(std::size_t number, std::string_view type) {
  ledger::v1::AuditEntry out;
  out.set_version(1);
  out.set_id(std::string(16, static_cast<char>(number)));
  out.set_type(std::string(type));
  out.set_result("success");
  out.set_time_ns((kSampleNow - std::chrono::minutes(number)).unix_ns);
  out.set_received_ns(out.time_ns() + 1'000'000);
  return schema::serialise(out);
}

/// The ledger's checkpoint and a proof of each entry.
inline void add_sample_ledger(Sources& to, std::size_t entries) {
  static constexpr std::array<const char*, 3> kTypes{"compliance.judged", "device.heartbeat", "evidence.recorded"};
  ledger::MemoryTiles tiles;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::string type = kTypes.at(i % kTypes.size());
    ProvedEntry proof{i, type, kSampleNow - std::chrono::minutes(i), sample_entry(i, type), {}, {}};
    proof.leaf = ledger::leaf_hash(proof.entry);
    tiles.append(proof.leaf);
    to.proofs.push_back(std::move(proof));
  }
  for (auto& proof : to.proofs) proof.path = *ledger::inclusion_proof(proof.index, entries, tiles);
  const ledger::Checkpoint head{"ledger.example", entries, tiles.frontier().root(), kSampleNow};
  to.checkpoint = schema::serialise(*ledger::sign_checkpoint(head, sample_key()));
}

inline std::vector<compliance::Requirement> sample_rules(std::size_t step) {
  const auto all = compliance::testing::shipped_requirements();
  std::vector<compliance::Requirement> out;
  for (std::size_t r = 0; r < all.size(); r += step) out.push_back(all[r]);
  return out;
}

inline std::vector<compliance::ItemFile> sample_items() {
  std::vector<std::filesystem::path> paths;
  for (const auto* standard : {"22239", "39786"})
    for (const auto& entry : std::filesystem::directory_iterator(compliance::testing::catalogue_dir() / standard))
      paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<compliance::ItemFile> out;
  for (const auto& path : paths) {
    auto file = compliance::parse_items(compliance::testing::read_text(path), path.string());
    if (!file) throw std::runtime_error(file.error().text());
    out.push_back(std::move(*file));
  }
  return out;
}

/// Records that stand behind attested lines.
inline void add_sample_records(Sources& to, const Subject& subject, const compliance::testing::Kiosk& known,
                               std::span<const compliance::Requirement> rules) {
  for (const auto& rule : rules) {
    if (rule.scope != subject.scope) continue;
    for (const auto& check : rule.checks) {
      if (check.kind != compliance::Check::Kind::record) continue;
      for (const auto& record : known.evidences.of(check.record))
        to.records.push_back({record.kind,
                              record.number,
                              "示例检测机构",
                              record.role,
                              subject.id,
                              record.valid_from,
                              record.valid_until,
                              record.file_digest,
                              {}});
    }
  }
}

inline Model make_sample(const SampleSize& size = {}) {
  const auto rules = sample_rules(size.rule_step);
  const auto items = size.with_items ? sample_items() : std::vector<compliance::ItemFile>();
  const auto subjects = sample_subjects(size);
  Sources sources;
  sources.cover = sample_cover();
  sources.requirements = rules;
  sources.items = items;
  std::vector<std::vector<compliance::Verdict>> verdicts(subjects.size());
  std::vector<Judged> judged;
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    const auto known = compliance::testing::make_kiosk(rules, 7 * s + 3, kSampleNow, size.fault_every);
    for (const auto& rule : rules)
      verdicts[s].push_back(compliance::evaluate(rule, known.facts, known.evidences, kSampleNow));
    judged.push_back({subjects[s], verdicts[s]});
    if (subjects[s].scope != compliance::Scope::device || s + 3 > subjects.size())
      add_sample_records(sources, subjects[s], known, rules);
  }
  sources.subjects = judged;
  for (const auto& file : items)
    for (const auto& item : file.items)
      if (item.attested && item.id.size() % 3 != 0) sources.item_records[item.id] = compliance::Status::met_attested;
  for (std::uint64_t month = 0; month < 6; ++month)
    sources.trend.push_back({kSampleNow - std::chrono::hours(24 * 30 * (5 - month)), 7'850 + 240 * month});
  add_sample_ledger(sources, size.entries);
  const auto entries = static_cast<std::uint32_t>(size.entries);
  sources.find.of_verdict = [entries](std::size_t subject, std::size_t rule) {
    return std::vector{static_cast<std::uint32_t>((subject * 31 + rule) * 3 % (entries / 3 * 3))};
  };
  sources.find.of_reason = [entries](std::size_t subject, std::size_t, const compliance::Reason& reason) {
    if (reason.outcome == compliance::Outcome::unknown || entries < 3) return std::vector<std::uint32_t>();
    return std::vector{static_cast<std::uint32_t>(subject * 3 % (entries / 3 * 3) + 1)};
  };
  auto out = make_model(std::move(sources));
  if (!out) throw std::runtime_error(out.error().text());
  return std::move(*out);
}

}  // namespace kw::report::testing

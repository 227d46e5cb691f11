#include "agent/defence/baselines.h"

#include "pki/signed.h"
#include "platform/linux/durable_file.h"
#include "policy/sections/section.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {
constexpr std::size_t kMostFile = 2U << 20;
constexpr std::size_t kMostSection = 32;
}  // namespace

std::string Baselines::path(std::string_view section) const {
  return state_.path() + "/baseline-" + std::string(section);
}

tl::expected<policy::VerifiedBaseline, policy::BaselineRefusal> Baselines::verify(const v1::Signed& object) const {
  using enum policy::BaselineRefusal;
  if (object.kind() != "baseline") return tl::unexpected(malformed);
  if (!pki::verify_object(object, "baseline", command_.rule.keys, command_.rule.policy_threshold))
    return tl::unexpected(bad_signature);
  auto parsed = policy::parse_baseline(bytes_of(object.payload()));
  if (!parsed) return tl::unexpected(malformed);
  return std::move(*parsed);
}

Result<std::optional<policy::VerifiedBaseline>> Baselines::read(std::string_view section) const {
  const auto file = platform::read_file(path(section), kMostFile);
  if (!file && file.code() == Errc::not_found) return std::optional<policy::VerifiedBaseline>{};
  if (!file) return file.error();
  const auto object = schema::parse<v1::Signed>(*file, kMostFile);
  if (!object) return fail(Errc::corrupt, path(section));
  auto stored = verify(*object);
  if (!stored) return fail(Errc::untrusted, path(section) + ": " + std::string(policy::name(stored.error())));
  if (stored->baseline.section() != section) return fail(Errc::untrusted, path(section) + ": of another section");
  const auto decision = policy::accept_baseline({}, *stored, command_.device);
  if (const auto* why = std::get_if<policy::BaselineRefusal>(&decision))
    return fail(Errc::untrusted, path(section) + ": " + std::string(policy::name(*why)));
  return std::optional(std::move(*stored));
}

void Baselines::hand_out() {
  for (const auto& section : policy::sections()) {
    v1::BaselineReport report;
    report.set_section(std::string(section.name));
    const auto stored = read(section.name);
    if (!stored) {
      log_.error("baseline.unreadable", {{"error", stored.error().text()}});
      refused(std::move(report), name(stored.code()));
      continue;
    }
    if (!*stored) continue;
    const auto& baseline = (*stored)->baseline;
    held_[baseline.section()] = {baseline.revision(), (*stored)->digest};
    report.set_revision(baseline.revision());
    if (const auto taken = defences_.baseline(baseline); !taken) {
      log_.error("baseline.not_taken", {{"section", section.name}, {"error", taken.error().text()}});
      refused(std::move(report), name(taken.code()));
    }
  }
}

v1::BaselineReport Baselines::refused(v1::BaselineReport report, std::string_view reason) {
  report.set_outcome("refused");
  report.set_reason(std::string(reason));
  defences_.record(device::defence_event(
      "baseline.refused", "refused",
      {{"section", report.section()}, {"revision", std::to_string(report.revision())}, {"reason", report.reason()}}));
  return report;
}

v1::BaselineReport Baselines::take(const v1::Signed& object) {
  v1::BaselineReport report;
  if (const auto claimed = schema::parse<v1::Baseline>(bytes_of(object.payload()), policy::kMostBaselineOctets);
      claimed && claimed->section().size() <= kMostSection) {
    report.set_section(claimed->section());
    report.set_revision(claimed->revision());
  }
  const auto refuse = [&](std::string_view reason) {
    log_.warning("baseline.refused", {{"section", report.section()}, {"reason", reason}});
    return refused(std::move(report), reason);
  };
  const auto offered = verify(object);
  if (!offered) return refuse(policy::name(offered.error()));
  // Judged when it is offered: a rule that changes later takes nothing back.
  if (!persons_.approved(object, "baseline", pki::PersonAct::baseline))
    return refuse(policy::name(policy::BaselineRefusal::not_approved));
  const auto& baseline = offered->baseline;
  const auto decision = policy::accept_baseline(held_[baseline.section()], *offered, command_.device);
  if (const auto* why = std::get_if<policy::BaselineRefusal>(&decision)) return refuse(policy::name(*why));
  report.set_outcome("applied");
  if (std::get<policy::BaselineVerdict>(decision) == policy::BaselineVerdict::unchanged) return report;
  if (const auto taken = defences_.baseline(baseline); !taken) return refuse(name(taken.code()));
  // The section has it before the disk has: a crash here is mended by the platform, which offers it until it is told.
  if (const auto kept = platform::write_file_durably(path(baseline.section()), schema::serialise(object)); !kept) {
    log_.error("baseline.not_kept", {{"section", baseline.section()}, {"error", kept.error().text()}});
    report.set_outcome("failed");
    report.set_reason(std::string(name(kept.code())));
    return report;
  }
  held_[baseline.section()] = {baseline.revision(), offered->digest};
  log_.info("baseline.applied", {{"section", baseline.section()}, {"revision", std::to_string(baseline.revision())}});
  defences_.record(
      device::defence_event("baseline.applied", "success",
                            {{"section", baseline.section()}, {"revision", std::to_string(baseline.revision())}}));
  return report;
}

}  // namespace kw::agent

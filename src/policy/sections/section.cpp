#include "policy/sections/section.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <iterator>

namespace kw::policy {
namespace {

const google::protobuf::FieldDescriptor* field_of(std::string_view section) {
  return v1::PolicyBundle::descriptor()->FindFieldByName(std::string(section));
}

}  // namespace

void Findings::add(std::string_view path, std::string_view code, std::string detail, bool warning) {
  if (problems_.size() < kMostProblems)
    problems_.push_back({root_ + std::string(path), std::string(code), std::move(detail), warning});
}

void check_number(std::uint32_t value, std::uint32_t least, std::uint32_t most, std::string_view field, Findings& findings) {
  if (value != 0 && (value < least || value > most))
    findings.add(field, "out_of_range", "0, or " + std::to_string(least) + " to " + std::to_string(most));
}

const Section* find_section(std::string_view name) {
  const auto found = std::ranges::find(sections(), name, &Section::name);
  return found == sections().end() ? nullptr : &*found;
}

const ActionSpec* find_action(const v1::Order& order) {
  const auto* section = find_section(order.section());
  if (section == nullptr) return nullptr;
  const auto found = std::ranges::find(section->actions, order.action(), &ActionSpec::name);
  if (found == section->actions.end() || found->args.size() != order.args().size()) return nullptr;
  const bool all = std::ranges::all_of(found->args, [&](auto arg) {
    const auto given = order.args().find(std::string(arg));
    return given != order.args().end() && given->second.size() <= 512;
  });
  return all ? &*found : nullptr;
}

v1::Mode mode_of(const v1::PolicyBundle& policy, std::string_view section) {
  const auto* field = field_of(section);
  if (field == nullptr || !policy.GetReflection()->HasField(policy, field)) return v1::OFF;
  const auto& part = policy.GetReflection()->GetMessage(policy, field);
  const auto* mode = part.GetDescriptor()->FindFieldByName("mode");
  return static_cast<v1::Mode>(part.GetReflection()->GetEnumValue(part, mode));
}

void set_mode(v1::PolicyBundle& policy, std::string_view section, v1::Mode mode) {
  const auto* field = field_of(section);
  if (field == nullptr || !policy.GetReflection()->HasField(policy, field)) return;
  auto& part = *policy.GetReflection()->MutableMessage(&policy, field);
  part.GetReflection()->SetEnumValue(&part, part.GetDescriptor()->FindFieldByName("mode"), mode);
}

std::vector<Problem> check_sections(const v1::PolicyBundle& policy) {
  std::vector<Problem> out;
  for (const auto& section : sections()) {
    const auto* field = field_of(section.name);
    if (!policy.GetReflection()->HasField(policy, field)) continue;
    Findings findings(section.name);
    const auto mode = mode_of(policy, section.name);
    if (mode != v1::OFF && mode != v1::WATCH && mode != v1::ENFORCE)
      findings.add("/mode", "bad_mode", "off, watch or enforce is asked");
    section.check(policy, findings);
    auto found = std::move(findings).take();
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  if (out.size() > kMostProblems) out.resize(kMostProblems);
  return out;
}

}  // namespace kw::policy

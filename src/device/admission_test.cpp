#include "device/admission.h"

#include <gtest/gtest.h>

#include <functional>

#include "device/hardware.h"
#include "schema/event_catalogue.h"

namespace kw::device {
namespace {

const DeviceId kDevice(RawId{7});
struct World {
  std::optional<Binding> binding;
  AdmissionFacts facts;
};
World good() {
  World w;
  w.binding = Binding{kDevice, "198.18.10.10/24", "02:4b:57:00:10:10", hardware_digest({{"cpu", "a"}, {"disk", "b"}}), true};
  w.facts.subject = kDevice;
  w.facts.peer_address = "::ffff:198.18.10.10";
  w.facts.report_signature_valid = true;
  w.facts.challenge = Bytes(32, 1);
  w.facts.channel_binding = Bytes(32, 2);
  auto& r = w.facts.report;
  r.set_version(1);
  r.set_device_id(copy_text(kDevice.bytes()));
  r.set_challenge(copy_text(w.facts.challenge));
  r.set_channel_binding(copy_text(w.facts.channel_binding));
  r.set_mac("02:4B:57:00:10:10");
  r.set_address("198.18.10.10");
  *r.mutable_hardware() = w.binding->hardware;
  return w;
}
struct Fault {
  AdmissionRefusal why;
  std::string detail;
  std::function<void(World&)> make;
};
// In the order of the checks: each of them hides all that come after it.
std::vector<Fault> faults() {
  using R = AdmissionRefusal;
  return {{R::unknown_device, "", [](World& w) { w.binding.reset(); }},
          {R::disabled_device, "", [](World& w) { if (w.binding) w.binding->enabled = false; }},
          {R::bad_report, "signature", [](World& w) { w.facts.report_signature_valid = false; }},
          {R::bad_report, "form", [](World& w) { w.facts.report.set_version(2); }},
          {R::bad_report, "challenge", [](World& w) { w.facts.report.set_challenge(std::string(32, 'x')); }},
          {R::bad_report, "channel_binding", [](World& w) { w.facts.report.set_channel_binding(""); }},
          {R::bad_report, "device", [](World& w) { w.facts.report.set_device_id(std::string(16, 'x')); }},
          {R::wrong_ip, "", [](World& w) { w.facts.peer_address = "198.18.10.66"; }},
          {R::wrong_mac, "", [](World& w) { w.facts.report.set_mac("02:66:66:66:66:66"); }},
          {R::wrong_digest, "disk", [](World& w) { *w.facts.report.mutable_hardware() = hardware_digest({{"cpu", "a"}, {"disk", "c"}}); }}};
}
RefusedAdmission refusal(const World& w) {
  const auto decision = admit(w.binding, w.facts);
  EXPECT_TRUE(std::holds_alternative<RefusedAdmission>(decision));
  return std::get<RefusedAdmission>(decision);
}

TEST(Admission, AReportWithSizesOrWordsThatNoneHasIsBad) {
  const std::function<void(v1::AdmissionReport&)> cases[] = {
      [](auto& r) { r.set_policy_digest(std::string(33, 'p')); },
      [](auto& r) { r.set_state(static_cast<v1::DeviceState>(99)); },
      [](auto& r) { r.set_boot_id(std::string(129, 'b')); },
  };
  for (const auto& spoil : cases) {
    auto w = good();
    w.facts.report.set_policy_digest(std::string(32, 'p'));
    w.facts.report.set_boot_id(std::string(128, 'b'));
    EXPECT_TRUE(std::holds_alternative<Admitted>(admit(w.binding, w.facts)));
    spoil(w.facts.report);
    EXPECT_EQ(refusal(w).why, AdmissionRefusal::bad_report);
    EXPECT_EQ(refusal(w).detail, "form");
  }
}

TEST(Admission, the_right_device_at_the_right_place) {
  const auto decision = admit(good().binding, good().facts);
  ASSERT_TRUE(std::holds_alternative<Admitted>(decision));
  EXPECT_EQ(std::get<Admitted>(decision).device, kDevice);
  auto more = good();
  *more.facts.report.mutable_hardware() = hardware_digest({{"cpu", "a"}, {"disk", "b"}, {"nic", "c"}});
  EXPECT_EQ(std::get<Admitted>(admit(more.binding, more.facts)).hardware_added, std::vector<std::string>{"nic"});
}
TEST(Admission, each_fault_and_each_pair_in_order) {
  const auto all = faults();
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i; j < all.size(); ++j) {
      auto w = good();
      all[i].make(w);
      all[j].make(w);
      const auto got = refusal(w);
      EXPECT_EQ(got.why, all[i].why) << i << " " << j;
      EXPECT_EQ(got.detail, all[i].detail) << i << " " << j;
    }
  }
}
TEST(Admission, more_ways_to_be_wrong) {
  auto w = good();
  w.facts.subject = DeviceId(RawId{8});
  EXPECT_EQ(refusal(w).why, AdmissionRefusal::unknown_device);
  w = good();
  w.binding->device = w.facts.subject = DeviceId();
  EXPECT_EQ(refusal(w).why, AdmissionRefusal::unknown_device) << "the nil ID is nobody";
  w = good();
  w.facts.report.set_address("198.18.10.99");
  EXPECT_EQ(refusal(w).why, AdmissionRefusal::wrong_ip);
  EXPECT_EQ(refusal(w).reported, "198.18.10.99");
  EXPECT_EQ(refusal(w).bound, "198.18.10.10");
  w = good();
  w.facts.peer_address = "";
  EXPECT_EQ(refusal(w).why, AdmissionRefusal::wrong_ip);
  w = good();
  w.facts.challenge.clear();
  w.facts.report.clear_challenge();
  EXPECT_EQ(refusal(w).detail, "challenge") << "nothing equal to nothing is no proof";
  w = good();
  w.facts.report.clear_hardware();
  EXPECT_EQ(refusal(w).detail, "form");
  w = good();
  *w.facts.report.mutable_hardware() = hardware_digest({{"cpu", "a"}});
  EXPECT_EQ(refusal(w).detail, "disk") << "a part that is gone is a change";
}
TEST(Admission, every_code_is_in_the_catalogue) {
  for (const auto& fault : faults()) {
    EXPECT_NE(schema::find_event_type(audit_code(fault.why)), nullptr) << audit_code(fault.why);
    EXPECT_TRUE(audit_code(fault.why).ends_with(name(fault.why)));
  }
  for (const auto* word : {"unknown_ca", "expired", "not_yet_valid", "revoked", "wrong_usage"})
    EXPECT_EQ(audit_code_of_certificate(word), "admission.refused." + std::string(word));
  EXPECT_EQ(audit_code_of_certificate("weak_key"), "admission.refused.bad_certificate");
  EXPECT_NE(schema::find_event_type(audit_code_of_certificate("")), nullptr);
}

}  // namespace
}  // namespace kw::device

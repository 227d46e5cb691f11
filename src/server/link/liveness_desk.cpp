#include "server/link/liveness_desk.h"

#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::server {
namespace {
constexpr std::size_t kNonce = 32;
constexpr std::size_t kMostStatement = 4096;
}  // namespace

LivenessDesk::Session LivenessDesk::begin(const DeviceId& device, const v1::AdmissionReport& report,
                                          ByteView remembered) {
  Session out;
  const auto key = remembered.empty() ? bytes_of(report.liveness_key()) : remembered;
  if (key.empty()) return out;
  out.desk_ = this;
  // A key that is none verifies nothing: the kiosk is asked, and cannot answer.
  if (auto parsed = crypto::Sm2PublicKey::from_spki(key)) out.key_ = std::move(*parsed);
  out.expected_.device = device;
  out.expected_.boot_id = report.boot_id();
  return out;
}

std::string LivenessDesk::Session::next_nonce() {
  if (desk_ == nullptr) return {};
  expected_.nonce = desk_->random_.bytes(kNonce);
  return copy_text(expected_.nonce);
}

LivenessDesk::Session::Verdict LivenessDesk::Session::judge(const v1::Heartbeat& beat) {
  if (desk_ == nullptr) return {};
  std::optional<v1::Liveness> statement;
  if (beat.has_liveness() && key_ && pki::verify_object(beat.liveness(), "liveness", *key_)) {
    if (auto parsed = schema::parse<v1::Liveness>(bytes_of(beat.liveness().payload()), kMostStatement))
      statement = std::move(*parsed);
  }
  expected_.counter = desk_->last_counter(expected_.device, expected_.boot_id);
  const auto fault = device::liveness_fault(expected_, beat, statement);
  expected_.nonce.clear();
  if (!fault) desk_->note(expected_.device, expected_.boot_id, statement->counter());
  Verdict out{!fault, std::string(fault.value_or("")), false};
  out.changed = out.fault != standing_;
  standing_ = out.fault;
  return out;
}

std::uint64_t LivenessDesk::last_counter(const DeviceId& device, const std::string& boot_id) {
  const std::scoped_lock lock(mutex_);
  const auto found = last_.find(device);
  return found == last_.end() || found->second.boot_id != boot_id ? 0 : found->second.counter;
}

void LivenessDesk::note(const DeviceId& device, const std::string& boot_id, std::uint64_t counter) {
  const std::scoped_lock lock(mutex_);
  last_[device] = {boot_id, counter};
}

}  // namespace kw::server

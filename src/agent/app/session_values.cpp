#include "agent/app/session_values.h"

#include <cstring>

namespace kw::agent {

Result<> SessionValues::put(std::string_view field, std::string_view value) {
  if (value.empty()) return fail(Errc::invalid, "an empty value");
  const auto at = held_.find(field);
  const auto before = at == held_.end() ? 0 : at->second.size();
  if (at == held_.end() && held_.size() >= kMost) return fail(Errc::too_large, "values of a session");
  if (value.size() > kMostOctets - (octets_ - before)) return fail(Errc::too_large, "octets of a session");
  KW_TRY(const auto piece, arena_.take(value.size()));
  std::memcpy(piece.data(), value.data(), value.size());
  drop(field);
  held_[std::string(field)] = piece;
  octets_ += piece.size();
  return {};
}

std::optional<std::string_view> SessionValues::get(std::string_view field) const {
  const auto at = held_.find(field);
  if (at == held_.end()) return std::nullopt;
  return text_of(at->second);
}

bool SessionValues::drop(std::string_view field) {
  const auto at = held_.find(field);
  if (at == held_.end()) return false;
  octets_ -= at->second.size();
  arena_.release(at->second);
  held_.erase(at);
  return true;
}

void SessionValues::wipe() noexcept {
  for (const auto& [field, piece] : held_) arena_.release(piece);
  held_.clear();
  octets_ = 0;
}

std::vector<std::string> SessionValues::fields() const {
  std::vector<std::string> out;
  for (const auto& [field, piece] : held_) out.push_back(field);
  return out;
}

}  // namespace kw::agent

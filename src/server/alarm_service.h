#pragma once
// AlarmService lists alarms and lets a security administrator answer them. Thread-safe.
#include "server/auth_service.h"

namespace kw::server {

class AlarmService {
 public:
  explicit AlarmService(Changes& changes) : changes_(changes) {}
  Result<store::AlarmPage> page(const store::AlarmQuery& query);
  /// acknowledge: Errc::conflict unless the alarm is open.
  Result<store::Alarm> acknowledge(const AlarmId& id, const std::string& note, const Actor& who);

 private:
  Changes& changes_;
};

}  // namespace kw::server

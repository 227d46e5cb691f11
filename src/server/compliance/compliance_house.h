#pragma once
// ComplianceHouse is what the server has of compliance: judging, records, reports. Only where the configuration names a
// catalogue of requirements. Thread-safe.
#include "server/compliance/compliance_records.h"
#include "server/compliance/compliance_reports.h"

namespace kw::server {

struct ComplianceHouse {
  ComplianceHouse(Changes& changes, const ComplianceBook& book, ComplianceService::Sources sources, Log& log)
      : service(changes, book, std::move(sources), log), records(changes, service), reports(service, changes) {}
  ComplianceHouse(const ComplianceHouse&) = delete;
  ComplianceHouse& operator=(const ComplianceHouse&) = delete;

  ComplianceService service;
  ComplianceRecords records;
  ComplianceReports reports;
};

}  // namespace kw::server

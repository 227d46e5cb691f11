#pragma once
// The groups of the REST API (schemas/openapi.yaml): each function adds the operations of one file.
//
// Services outlive the router.
#include "server/alarm_service.h"
#include "server/api/call.h"
#include "server/audit_service.h"
#include "server/baseline_service.h"
#include "server/business_service.h"
#include "server/device_service.h"
#include "server/enrol_service.h"
#include "server/extract_service.h"
#include "server/factor_service.h"
#include "server/landing_desk.h"
#include "server/ledger_archivist.h"
#include "server/ledger_watch.h"
#include "server/live_hub.h"
#include "server/media_service.h"
#include "server/person_service.h"
#include "server/region_service.h"
#include "server/request_service.h"
#include "server/row_watch.h"
#include "server/signer_service.h"
#include "server/user_service.h"
#include "server/version.h"
#include "server/witness_service.h"

namespace kw::server {

class ExportService;
class VaultHouse;
struct ComplianceHouse;

struct ApiServices {
  Changes& changes;
  AuthService& auth;
  UserService& users;
  FactorService& factors;
  SettingsService& settings;
  ApiTokenService& tokens;
  RegionService& regions;
  EnrolService& enrol;
  DeviceService& devices;
  PolicyService& policies;
  OrderService& orders;
  BaselineService& baselines;
  RequestService& requests;
  SigningService& signings;
  SignerService& signers;
  MediaService& media;
  AlarmService& alarms;
  AuditService& audit;
  PersonService& persons;
  BusinessService& business;
  ExportService& exports;
  ExtractService& extracts;
  LedgerKeeper& keeper;
  WitnessService& witnesses;
  LedgerWatch& ledger_watch;
  LedgerArchivist& archivist;
  RowWatch& rows;
  const LandingDesk& landing;
  LiveHub& hub;
  VaultHouse* vault;            // null: there is no catalogue
  ComplianceHouse* compliance;  // null: there is no catalogue of requirements
  Log& log;
  bool secure_cookie = false;
};

/// sites_within gives the sites whose entries somebody may read; nothing: all of them.
Result<std::optional<std::vector<SiteId>>> sites_within(EnrolService& enrol, const store::Scope& scope);

void add_session_routes(Api& api, const ApiServices& services);
void add_factor_routes(Api& api, const ApiServices& services);
void add_site_routes(Api& api, const ApiServices& services);
void add_enrolment_routes(Api& api, const ApiServices& services);
void add_device_routes(Api& api, const ApiServices& services);
void add_baseline_routes(Api& api, const ApiServices& services);
void add_request_routes(Api& api, const ApiServices& services);
void add_signing_routes(Api& api, const ApiServices& services);  // keys of persons, their rule, what waits for them
void add_media_routes(Api& api, const ApiServices& services);
void add_policy_routes(Api& api, const ApiServices& services);
void add_alarm_routes(Api& api, const ApiServices& services);
void add_audit_routes(Api& api, const ApiServices& services);
void add_business_routes(Api& api, const ApiServices& services);  // business sessions and their timelines
void add_witness_routes(Api& api, const ApiServices& services);
void add_export_routes(Api& api, const ApiServices& services);
void add_ledger_routes(Api& api, const ApiServices& services);
void add_row_routes(Api& api, const ApiServices& services);
void add_landing_routes(Api& api, const ApiServices& services);  // the landing guard: its rules and what it met
void add_vault_routes(Api& api, const ApiServices& services);    // cases, keys, rotations
void add_vault_file_routes(Api& api, const ApiServices& services);
void add_compliance_routes(Api& api, const ApiServices& services);  // verdicts, scores, what would help
void add_compliance_record_routes(Api& api, const ApiServices& services);
void add_user_routes(Api& api, const ApiServices& services);
void add_person_routes(Api& api, const ApiServices& services);
void add_settings_routes(Api& api, const ApiServices& services);  // settings, tokens of machines
void add_platform_routes(Api& api, const ApiServices& services);  // health, overview, event types
void add_live_route(net::Router& router, Api& api, const ApiServices& services);
void add_look_route(net::Router& router, Api& api, const ApiServices& services);  // live views

}  // namespace kw::server

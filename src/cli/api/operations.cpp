// The commands over the API, one row each (see operation.h).
#include <algorithm>
#include <cstdlib>

#include "cli/api/operation.h"

namespace kw::cli {
namespace {

using Text = std::string_view;

Argument path(Text name, Text field, Text help, Form form = Form::text) {
  return {name, field, help, Place::path, form, true};
}
Argument query(Text name, Text help, Form form = Form::text) { return {name, name, help, Place::query, form, false}; }
Argument must(Text name, Text field, Text help, Form form = Form::text) {
  return {name, field, help, Place::body, form, true};
}
Argument may(Text name, Text field, Text help, Form form = Form::text) {
  return {name, field, help, Place::body, form, false};
}
/// A file with one part of a policy, alone or as `policies show --json` prints it.
Argument part(Text field, Text name, Text help) {
  return {"FILE", field, help, Place::body, Form::part, true, {}, name};
}
Argument otherwise(Text value, Argument argument) {
  argument.otherwise = value;
  return argument;
}
Argument local(Text name, Text help, bool required = false, Form form = Form::text) {
  return {name, name, help, Place::local, form, required};
}
/// How many persons have to sign for an act.
Argument persons(Text act, Text field) {
  return must(act, field, "how many persons have to sign, 0 to 5", Form::number);
}
Argument fixed(Text field, Text value) { return {"", field, "", Place::body, Form::text, false, value}; }
Argument constant(Text field, Text value) { return {"", field, "", Place::query, Form::text, false, value}; }

const Argument kId = path("ID", "id", "32 hex digits, from the list");
const Argument kReason = must("reason", "reason", "why; it stands in the audit");
const Argument kTarget = path("NAME", "name", "the target, from the list");
const Argument kLimit = query("limit", "rows, 1 to 500 (50 without it)", Form::number);
const Argument kCursor = query("cursor", "where to go on: `next` of the page before");
const Argument kNoArgs{"", "args", "", Place::body, Form::pairs};
const Argument kPurpose{"purpose", "purpose", "why; it stands in the audit", Place::query, Form::text, true};
const Argument kMatter = path("MATTER", "matter", "code of the matter: catalogue/data");
const Argument kWhatFor = must("purpose", "purpose", "entry, certificate, listing or support; it stands in the audit");
const Argument kConsent = must("consent", "consent", "reference of the person's consent; it stands in the audit");
const Argument kOfCase = path("case", "case", "ID of the case");
const Argument kFileField = path("field", "field", "the field: catalogue/data");
const Argument kComplianceOf =
    query("subject", "platform, site:ID, device:ID or region:ID; without it all that you see");
const Argument kOut = local("out", "the file to make; nothing is overwritten", true, Form::file);
const Argument kServer = local("server", "the console's address (http://127.0.0.1:8661 without it)");
const Argument kAccount = local("account", "who logs in", true);
const Argument kCredentials = local(
    "credentials", "secrets, one a line in the order asked for; the terminal is asked for the rest", false, Form::file);

const Argument kFactor = local("factor", "what is shown beside the password: totp (without it) or ukey");
const Argument kSkf = local("skf", "the UKey's library, with the interface of GM/T 0016", false, Form::file);
const Argument kKeyFile = local("key", "your key file (kioskward key make)", false, Form::file);
const Argument kUkeyName = local("token", "which of its keys, DEVICE/APPLICATION/CONTAINER, where there are several");

// clang-format off: a table is read by columns
const std::vector<Operation> kTable{
    // operationId, words, method, path, help, arguments, columns
    {"login", "login", "POST", "/session", "log in with password and second factor",
     {kServer, kAccount, kFactor, kSkf, kUkeyName, kCredentials},
     "account display_name role factor factor_missing expires idle_seconds", {}, {}, run_login},
    {"challengeLogin", "", "POST", "/session/challenge", "", {}, ""},
    {"beginActivation", "activate", "POST", "/activation",
     "first login: one-time password, new password, then a code of the new authenticator entry",
     {kServer, kAccount, kCredentials}, "totp_secret totp_uri", {}, {}, run_activate},
    {"confirmActivation", "", "POST", "/activation/confirm", "", {}, "account display_name role expires idle_seconds"},
    {"logout", "logout", "DELETE", "/session", "end the session here and at the platform", {}, "", {}, {}, run_logout},
    {"getSession", "session", "GET", "/session", "who is logged in", {},
     "account display_name role expires idle_seconds"},
    {"confirmIdentity", "confirm", "POST", "/session/confirm",
     "show password and second factor once more, before what is critical", {kFactor, kSkf, kUkeyName, kCredentials},
     "account role expires", {}, {}, run_confirm},
    {"changePassword", "password", "POST", "/session/password", "choose a new password",
     {kFactor, kSkf, kUkeyName, kCredentials}, "account role expires", {}, {}, run_password},
    {"challengeFactor", "", "POST", "/session/factors/challenge", "", {}, ""},
    {"listOwnFactors", "factors list", "GET", "/session/factors", "your own passkeys and UKeys", {},
     "id factor name created last_used subject not_after"},
    {"addFactor", "factors add-ukey", "POST", "/session/factors", "register a UKey of your own; passkeys are registered in a browser",
     {local("name", "your word for it", true), local("skf", "its library, with the interface of GM/T 0016", true, Form::file), kUkeyName,
      kCredentials}, "id factor name subject not_after", {}, {}, run_add_ukey},
    {"removeFactor", "factors remove", "DELETE", "/session/factors/{id}", "remove one of your own", {kId}, ""},
    {"listOwnSessions", "sessions own", "GET", "/session/all", "your own sessions", {},
     "id account role peer created last_used own"},
    {"revokeOwnSession", "sessions end-own", "DELETE", "/session/all/{id}", "end one of your own", {kId}, ""},
    {"listSessions", "sessions list", "GET", "/sessions", "every open session (system)", {},
     "id account role peer created last_used own"},
    {"revokeSession", "sessions end", "DELETE", "/sessions/{id}", "end a session (system)", {kId}, ""},
    {"getOverview", "overview", "GET", "/overview", "kiosks, requests, alarms and ledger in numbers", {}, ""},

    {"listSites", "sites list", "GET", "/sites", "the sites", {}, "id name district region address devices"},
    {"createSite", "sites create", "POST", "/sites", "add a site (system, security)",
     {must("name", "name", "its name"), otherwise("", may("district", "district", "its district")),
      may("region", "region", "ID of its region, in place of the district"), otherwise("", may("address", "address", "its address"))}, ""},

    {"moveSite", "sites move", "POST", "/sites/{id}/region", "put a site into another region (system)",
     {kId, must("region", "region", "ID of the region")}, ""},
    {"listRegions", "regions list", "GET", "/regions", "the regions of your scope", {}, "id kind name parent sites"},
    {"createRegion", "regions create", "POST", "/regions", "add a region (system)",
     {must("parent", "parent", "ID of the region above"), must("name", "name", "its name"),
      must("kind", "kind", "district, street or outlet")}, ""},
    {"renameRegion", "regions rename", "POST", "/regions/{id}/name", "give a region another name (system)",
     {kId, must("name", "name", "its name")}, ""},
    {"deleteRegion", "regions delete", "DELETE", "/regions/{id}", "remove an empty region (system)", {kId}, ""},

    {"listEnrolTokens", "tokens list", "GET", "/enrol-tokens", "enrolment tokens, without their secret", {},
     "id site state created expires note"},
    {"createEnrolToken", "tokens create", "POST", "/enrol-tokens",
     "make a one-time token; it is shown this once (security)",
     {must("site", "site", "ID of the site"),
      otherwise("60", may("minutes", "valid_minutes", "how long it is good, 1 to 10080 (60)", Form::number)),
      otherwise("", may("note", "note", "what it is for"))}, ""},

    {"listEnrolments", "enrolments list", "GET", "/enrolments", "requests of kiosks to join",
     {query("state", "pending, approved or rejected")}, "id state requested hostname address mac site device"},
    {"listEnrolments", "enrolments show", "GET", "/enrolments", "one request, with the hardware digest to compare",
     {local("ID", "32 hex digits, from the list", true)}, "", "id"},
    {"approveEnrolment", "enrolments approve", "POST", "/enrolments/{id}/approve", "let a kiosk in and bind it (security)",
     {kId, must("name", "name", "the kiosk's name"), must("site", "site", "ID of its site"),
      must("address", "address", "its fixed IP with prefix, 198.18.10.10/24"), may("gateway", "gateway", "its gateway"),
      must("mac", "mac", "its MAC"), must("custodian", "custodian", "who looks after it"),
      otherwise("", may("phone", "custodian_phone", "the custodian's telephone"))}, "id state name address mac device"},
    {"rejectEnrolment", "enrolments reject", "POST", "/enrolments/{id}/reject", "refuse a request (security)",
     {kId, kReason}, "id state reason"},

    {"listDevices", "devices list", "GET", "/devices", "the kiosks",
     {query("q", "part of a name, address or site"), query("state", "online, offline, cut, disabled, degraded, watching"),
      query("site", "ID of a site"), query("baselines", "waiting: those with a baseline to decide on"), kLimit, kCursor},
     "id name live address site_name policy_revision policy_wanted alarms_open last_seen"},
    {"getDevice", "devices show", "GET", "/devices/{id}", "one kiosk with certificates, facts and orders", {kId}, ""},
    {"releaseDevice", "devices release", "POST", "/devices/{id}/release", "order a cut kiosk back to the network (security)",
     {kId, kReason}, ""},
    {"cutDevice", "devices cut", "POST", "/devices/{id}/cut", "order a kiosk off the network (security)", {kId, kReason}, ""},
    {"orderAction", "devices act", "POST", "/devices/{id}/actions",
     "order something of a section of its defence; `policies sections` tells the actions (security)",
     {kId, must("SECTION", "section", "the section"), must("ACTION", "action", "the action"),
      {"KEY=VALUE", "args", "arguments of the action", Place::body, Form::pairs}, kReason}, ""},
    {"disableDevice", "devices disable", "POST", "/devices/{id}/disable", "revoke a kiosk's certificates (security)",
     {kId, kReason}, "id name live address"},
    {"issueUninstallOrder", "devices uninstall-order", "POST", "/devices/{id}/uninstall-order",
     "sign the order that lets a kiosk's agent be removed; a person brings it there (security)", {kId, kReason}, ""},

    {"changeCustodian", "devices custodian", "POST", "/devices/{id}/custodian",
     "put another person in the place of who looks after a kiosk (security)",
     {kId, must("custodian", "custodian", "who looks after it"),
      otherwise("", may("phone", "custodian_phone", "the custodian's telephone")), kReason},
     "id name custodian custodian_phone"},

    {"getVault", "vault show", "GET", "/vault",
     "what is kept of which matter, rotations, and what somebody changed beside the program (not inspector, custodian)",
     {}, ""},
    {"listVaultKeys", "vault keys", "GET", "/vault/keys", "the vault's keys and their states, never the keys (security, audit, assessor)",
     {}, "id version use data_class district scope state made changed"},
    {"actVaultKey", "vault key-act", "POST", "/vault/keys/{id}/act",
     "disable, restore or destroy one version of a key; what only it opens is gone then (security)",
     {kId, must("version", "version", "of the key", Form::number), must("act", "act", "disable, restore or destroy"), kReason}, ""},
    {"rotateVault", "vault rotate", "POST", "/vault/rotations",
     "give a matter new keys in one district and move its cases to them, while everybody goes on (security)",
     {must("matter", "matter", "code of the matter"), otherwise("", may("district", "district", "the district; none: cases of no site"))},
     "matter district began"},
    {"rewrapVaultKeys", "vault rewrap", "POST", "/vault/wrapping",
     "wrap the keys of a class and district anew; whoever does it opens nothing (system)",
     {must("class", "data_class", "business, audit, configuration, video or personal"),
      otherwise("", may("district", "district", "the district"))}, "moved"},
    {"putVaultCases", "vault put", "POST", "/vault/{matter}/cases", "file cases, or write them anew (operator)",
     {kMatter, part("cases", "cases", "JSON: a list of {number, status, values}; with id and version those that are there"),
      fixed("purpose", "entry"), kConsent, may("site", "site", "ID of the site; needed by who is responsible for a part of the city")},
     "id version"},
    {"getVaultCases", "vault get", "POST", "/vault/{matter}/get", "cases, as your role sees them (operator, security, audit)",
     {kMatter, must("ids", "ids", "IDs, with commas between", Form::list), kWhatFor, kConsent}, "id version number status name values"},
    {"findVaultCases", "vault find", "POST", "/vault/{matter}/find",
     "cases with exactly this value of a searchable field (operator)",
     {kMatter, must("field", "field", "a searchable field"), must("value", "value", "the whole value"), kWhatFor, kConsent},
     "id version number status name values"},
    {"listVaultCases", "vault newest", "POST", "/vault/{matter}/newest", "the newest cases, as your role sees them (operator, security, audit)",
     {kMatter, otherwise("50", may("limit", "limit", "1 to 500", Form::number)), kWhatFor, kConsent},
     "id version number status name made"},
    {"revealVaultCase", "vault reveal", "POST", "/vault/{matter}/reveal",
     "whole values, where the matter's rules allow it; recorded (operator, audit)",
     {kMatter, must("id", "id", "the case"), must("fields", "fields", "fields, with commas between", Form::list),
      must("place", "place", "entry_screen or printer"), kWhatFor, kConsent}, ""},
    {"putVaultFile", "vault file-put", "POST", "/vault/{matter}/files",
     "store a file of a case, in the place of the one that its field has (operator)",
     {kMatter, local("case", "ID of the case", true), local("field", "a field of protection file", true),
      local("file", "the file, at most 64 MiB", true, Form::file),
      local("consent", "reference of the person's consent; it stands in the audit", true)},
     "file octets root", {}, {}, run_vault_file_put},
    {"getVaultFile", "vault file-get", "GET", "/vault/{matter}/{case}/files/{field}",
     "save a file of a case, or a range of it, in the clear; recorded (operator)",
     {kMatter, kOfCase, kFileField,
      Argument{"purpose", "purpose", "entry, certificate, listing or support; it stands in the audit", Place::query, Form::text, true},
      Argument{"consent", "consent", "reference of the person's consent; it stands in the audit", Place::query, Form::text, true},
      query("offset", "from this octet on", Form::number), query("length", "so many octets", Form::number), kOut},
     "", {}, {}, run_vault_file_get},
    {"getVaultFileSealed", "vault file-sealed", "GET", "/vault/{matter}/{case}/files/{field}/sealed",
     "save a file as it is stored, for `kioskward verify vault-file`; recorded (audit, assessor)",
     {kMatter, kOfCase, kFileField, kOut}, "", {}, {}, run_vault_file_sealed},
    {"getVaultFileStatement", "vault file-statement", "GET", "/vault/{matter}/{case}/files/{field}/statement",
     "save what the platform signed when it stored a file (audit, assessor)",
     {kMatter, kOfCase, kFileField, kOut}, "", {}, {}, run_vault_file_statement},
    {"removeVaultCase", "vault remove", "POST", "/vault/{matter}/remove", "take a case away (operator)",
     {kMatter, must("id", "id", "the case"), must("version", "version", "that it has now", Form::number), kWhatFor, kConsent}, "state"},

    {"getCompliance", "compliance show", "GET", "/compliance", "score, counts by status and chapter, and by day", {kComplianceOf}, ""},
    {"listCompliance", "compliance list", "GET", "/compliance/requirements", "requirements with their status, or counts",
     {kComplianceOf, query("status", "met_measured, met_attested, partly, not_met, not_applicable or unknown"),
      query("chapter", "of the standard: 5 to 9"), query("clause", "this ID and all below it: 5.4-b")},
     "id status severity scope counts title"},
    {"getComplianceRequirement", "compliance state", "GET", "/compliance/requirements/{requirement}",
     "what a requirement checks and how it stands, judged now", {path("ID", "requirement", "its ID, from the list"), kComplianceOf}, ""},
    {"listComplianceSubjects", "compliance subjects", "GET", "/compliance/subjects", "kiosks, sites and platform, the lowest score first",
     {kComplianceOf, query("kind", "device, site or platform"), kLimit}, "subject name site_name score"},
    {"listComplianceRaises", "compliance raise", "GET", "/compliance/raises", "what would raise the score most",
     {kComplianceOf, kLimit}, "requirement severity subjects gain_hundredths title"},
    {"listComplianceEnding", "compliance ending", "GET", "/compliance/ending", "what rests on a record that ends soon",
     {kComplianceOf, query("days", "within so many days, 1 to 3653 (30 without it)", Form::number), kLimit},
     "until subject name requirement title"},
    {"listComplianceChanges", "compliance changes", "GET", "/compliance/changes", "verdicts that changed",
     {kComplianceOf, query("since", "date and time, RFC 3339 in UTC"), kLimit}, "time subject name requirement before after"},
    {"listComplianceRecords", "compliance records", "GET", "/compliance/records", "what people attested",
     {kComplianceOf, query("record", "kind of record")}, "id subject record requirement reference valid_until who role withdrawn"},
    {"fileComplianceRecord", "compliance file", "POST", "/compliance/records",
     "attest a report, certificate, letter or inspection (the roles that the requirement names)",
     {must("subject", "subject", "platform, site:ID or device:ID"), must("record", "record", "kind of record: compliance explain ID"),
      must("reference", "reference", "number of the paper"), must("issuer", "issuer", "who issued it"),
      must("from", "valid_from", "good from, RFC 3339 in UTC"), must("until", "valid_until", "good until"),
      {"KEY=VALUE", "fields", "fields that the requirement asks for", Place::body, Form::pairs},
      may("file-name", "file_name", "name of the file, which you keep"), may("file-digest", "file_digest", "its SM3, hex")}, ""},
    {"withdrawComplianceRecord", "compliance withdraw", "POST", "/compliance/records/{id}/withdraw", "take a record back",
     {kId, kReason}, "id record reference withdrawn"},
    {"declareNotApplicable", "compliance declare", "POST", "/compliance/statements",
     "say that a requirement does not apply somewhere; another person has to approve (system, security)",
     {must("subject", "subject", "platform, site:ID or device:ID"), must("requirement", "requirement", "its ID"),
      must("reference", "reference", "number of the paper that says so"), must("until", "valid_until", "good until, RFC 3339 in UTC"),
      kReason}, ""},

    {"listPersons", "persons list", "GET", "/persons", "natural persons of whom the platform keeps data (system, audit)",
     {kCursor}, "id pseudonym kind shown created forgotten entries"},
    {"findPersons", "persons find", "POST", "/persons/find",
     "who has exactly this staff number, name or telephone; give one of them (system, audit)",
     {may("number", "number", "the staff number"), may("name", "name", "the whole name"),
      may("phone", "phone", "the telephone"), kReason},
     "id pseudonym kind shown created forgotten entries"},
    {"getPerson", "persons show", "GET", "/persons/{id}", "where a person is spoken of (system, audit)", {kId}, ""},
    {"forgetPerson", "persons forget", "POST", "/persons/{id}/forget",
     "destroy a person's key: nobody reads any more who is meant, every proof stays valid (system)", {kId, kReason},
     "id pseudonym kind forgotten entries"},

    {"listBaselines", "baselines list", "GET", "/devices/{id}/baselines", "what a kiosk's sections have learnt",
     {path("DEVICE", "id", "the kiosk")}, "id section revision state proposed size outcome digest"},
    {"getBaseline", "baselines show", "GET", "/baselines/{id}", "one of them, with its content", {kId}, ""},
    {"approveBaseline", "baselines approve", "POST", "/baselines/{id}/approve", "sign it for its kiosk (security)",
     {kId, kReason}, "id section revision state digest"},
    {"rejectBaseline", "baselines reject", "POST", "/baselines/{id}/reject", "refuse it (security)", {kId, kReason},
     "id section state digest"},

    {"askAction", "requests ask", "POST", "/devices/{id}/requests",
     "ask an action of a section; it waits where policy wants a second person (security)",
     {path("DEVICE", "id", "the kiosk"), must("SECTION", "section", "the section"), must("ACTION", "action", "the action"),
      {"KEY=VALUE", "args", "arguments of the action", Place::body, Form::pairs}, kReason},
     "id state section action expires order"},
    {"listRequests", "requests list", "GET", "/requests", "what was asked for, newest first",
     {query("state", "waiting, approved, rejected or lapsed"), query("device", "ID of a kiosk")},
     "id state operation device_name section action args asked_by asked reason decided_by outcome order"},
    {"getRequest", "requests show", "GET", "/requests/{id}", "one request", {kId}, ""},
    {"approveRequest", "requests approve", "POST", "/requests/{id}/approve",
     "approve what another person asks for; it is done then (system, security)", {kId, kReason},
     "id state operation section action asked_by decided_by outcome order"},
    {"rejectRequest", "requests reject", "POST", "/requests/{id}/reject",
     "refuse a request, or take your own back (system, security)", {kId, kReason}, "id state section action decided_by"},

    {"listSigningKeys", "signing-keys list", "GET", "/signing-keys", "the public keys of who signs", {},
     "id account role label key in_rule removed"},
    {"addSigningKey", "signing-keys add", "POST", "/signing-keys", "add your own key; its private half stays with you",
     {local("label", "a name for it", true), kKeyFile, kSkf, kUkeyName, kCredentials}, "id account label key", {}, {}, run_key_add},
    {"removeSigningKey", "signing-keys remove", "POST", "/signing-keys/{id}/remove", "remove your own key",
     {kId, kReason}, "id account label removed"},
    {"revokeSigningKey", "signing-keys revoke", "POST", "/signing-keys/{id}/revoke", "remove anybody's key (security)",
     {kId, kReason}, "id account label removed"},
    {"getPersonRule", "signers show", "GET", "/person-rule", "whose signatures kiosks ask for", {}, ""},
    {"proposePersonRule", "signers propose", "POST", "/person-rule",
     "propose whose signatures kiosks ask for; persons sign it then (security)",
     {must("keys", "keys", "IDs of signing keys, with commas between", Form::list),
      persons("policy", "needed/policy"), persons("baseline", "needed/baseline"), persons("release", "needed/release"),
      persons("action", "needed/action"), persons("cut", "needed/cut"), persons("uninstall", "needed/uninstall"),
      persons("rule", "needed/rule"), kReason}, "id state kind subject needed words"},
    {"listSignings", "signings list", "GET", "/signings", "what persons have to sign, newest first",
     {query("state", "waiting, complete, withdrawn or lapsed")},
     "id state kind act subject device_name needed must words asked_by expires"},
    {"getSigning", "signings show", "GET", "/signings/{id}", "one of them", {kId}, ""},
    {"signSigning", "signings sign", "POST", "/signings/{id}/signatures",
     "show what it is, and sign it with your own key, in a file or a UKey (system, security)",
     {kId, kKeyFile, kSkf, kUkeyName, kCredentials}, "", {}, {}, run_sign},
    {"getSigning", "signings fetch", "GET", "/signings/{id}", "save what all have signed (an order to uninstall) into a new file",
     {kId, local("out", "the file to make; nothing is overwritten", true, Form::file)}, "", {}, {}, run_signing_object},
    {"withdrawSigning", "signings withdraw", "POST", "/signings/{id}/withdraw", "give up what waits (system, security)",
     {kId, kReason}, ""},

    {"askAction", "camera snapshot", "POST", "/devices/{id}/requests", "ask a kiosk's camera for a picture (security)",
     {path("DEVICE", "id", "the kiosk"), fixed("section", "camera"), fixed("action", "snapshot"), kNoArgs, kReason},
     "id state action expires order"},
    {"askAction", "camera live", "POST", "/devices/{id}/requests",
     "ask for a live view; `media look` shows it when it is approved (security)",
     {path("DEVICE", "id", "the kiosk"), fixed("section", "camera"), fixed("action", "live"),
      {"seconds=N", "args", "seconds=1 to seconds=300", Place::body, Form::pairs}, kReason},
     "id state action args expires order"},
    {"askAction", "camera clip", "POST", "/devices/{id}/requests", "ask for a piece of what the camera has recorded (security)",
     {path("DEVICE", "id", "the kiosk"), fixed("section", "camera"), fixed("action", "clip"),
      {"from=TIME until=TIME", "args", "from when until when, RFC 3339 in UTC", Place::body, Form::pairs}, kReason},
     "id state action args expires order"},
    {"listMedia", "media list", "GET", "/devices/{id}/media", "what a kiosk's camera was asked for (security, audit)",
     {path("DEVICE", "id", "the kiosk")}, "id kind state taken asked_by purpose octets content_type kept_until digest"},
    {"listBusinessSessions", "sessions of-kiosk", "GET", "/devices/{id}/sessions",
     "business sessions of a kiosk, newest first: pseudonyms and counts (system, security, audit)",
     {path("DEVICE", "id", "the kiosk")}, "id trace matter identity began ended reason steps requests errors"},
    {"getMediaContent", "media get", "GET", "/media/{id}/content",
     "fetch a recording, or a range of it, into a new file; a whole one's digest is checked (security)",
     {kId, kPurpose, query("offset", "from this octet on", Form::number), query("length", "so many octets", Form::number),
      local("out", "the file to make; nothing is overwritten", true, Form::file)}, "", {}, {}, run_media_get},
    {"getMediaSealed", "media sealed", "GET", "/media/{id}/sealed",
     "save a recording as it is stored, for `kioskward verify vault-file`; recorded (audit, assessor)", {kId, kOut}, "", {}, {},
     run_vault_file_sealed},
    {"getMediaStatement", "media statement", "GET", "/media/{id}/statement",
     "save what the platform signed when it stored a recording (audit, assessor)", {kId, kOut}, "", {}, {},
     run_vault_file_statement},
    {"lookLive", "media look", "GET", "/media/{id}/live",
     "write the frames of a live view as JPEG files (security)",
     {kId, kPurpose,
      local("out", "directory for the frames; they are yours to remove", true, Form::file),
      local("count", "end after so many frames", false, Form::number)}, "", {}, {}, run_media_look},
    {"endLive", "media end", "POST", "/media/{id}/end", "end a live view before its time (security)", {kId, kReason},
     "id kind state pieces"},

    {"listPolicies", "policies list", "GET", "/policies", "the revisions, newest first", {},
     "revision published publisher note devices applied digest"},
    {"getPolicy", "policies show", "GET", "/policies/{revision}", "one revision",
     {path("REVISION", "revision", "its number", Form::number)}, ""},
    {"checkPolicy", "policies check", "POST", "/policies/check", "problems of a policy, and what it compiles to",
     {part("", "network", "JSON of the network part, or what `policies show --json` printed")}, "", {}, "ok"},
    {"listSections", "policies sections", "GET", "/policies/sections", "the sections of a kiosk's defence: fields, actions",
     {}, ""},
    {"checkSections", "policies check-sections", "POST", "/policies/sections/check", "problems of the sections",
     {part("", "defence", "JSON of the sections by name, or what `policies show --json` printed")}, "", {}, "ok"},
    {"publishPolicy", "policies publish", "POST", "/policies", "check, sign and push a policy to every kiosk (security)",
     {part("network", "network", "what `policies show --json` printed, edited; or the network part alone: the sections stay"),
      {"", "defence", "", Place::body, Form::beside},
      must("base", "base_revision", "the revision that was edited, 0 for none: a newer one is not overwritten", Form::number),
      must("note", "note", "what changed"), may("valid-days", "valid_days", "1 to 3650 (365)", Form::number)}, ""},

    {"listAlarms", "alarms list", "GET", "/alarms", "alarms, newest first",
     {query("state", "open, acknowledged or closed"), query("device", "ID of a kiosk"), kLimit, kCursor},
     "id last severity state type device_name count params"},
    {"acknowledgeAlarm", "alarms acknowledge", "POST", "/alarms/{id}/acknowledge", "take an alarm (security)",
     {kId, kReason}, "id state type device_name acknowledged_by note"},

    {"listAudit", "audit list", "GET", "/audit", "what happened, newest first (audit)",
     {query("type", "an event type"), query("device", "ID of a kiosk"), query("person", "an account"),
      query("result", "success, refused, blocked, failed or observed"), query("severity", "this one and above: info … critical"),
      query("site", "ID of a site"), query("trace", "one trace, 32 hex digits"), query("case", "one case, 32 hex digits"),
      query("from", "time, RFC 3339 in UTC"), query("to", "time, RFC 3339 in UTC"), kLimit,
      query("before", "entries with a lower index: `next_before` of the page before", Form::number)},
     "index time type result person role device_name params"},
    {"listAudit", "audit show", "GET", "/audit", "one entry (audit)",
     {{"INDEX", "before", "its index", Place::query, Form::after, true}, constant("limit", "1")}, "", "index"},
    {"getTimeline", "audit timeline", "GET", "/audit/timeline",
     "one business session from the screen to the database, with its critical path (audit)",
     {query("trace", "one trace, 32 hex digits"), query("session", "or a session, 32 hex digits")},
     "entry depth start_us duration_us critical_us kind result error type params"},
    {"getAuditProof", "audit prove", "GET", "/audit/{index}/proof",
     "recompute here that an entry stands in the ledger (audit)",
     {path("INDEX", "index", "the entry's index", Form::number),
      local("key", "the ledger's public key (ledger.pem): the checkpoint's signature is checked too", false, Form::file)}, "", {}, {}, run_prove},
    {"readPersonal", "audit personal", "POST", "/audit/{index}/personal",
     "who is meant in an entry; it is recorded that you read it (audit)",
     {path("INDEX", "index", "the entry's index", Form::number)}, ""},
    {"getAuditReceipt", "audit receipt", "GET", "/audit/{index}/receipt",
     "save an entry with its proof, for `kioskward verify receipt` (audit)",
     {path("INDEX", "index", "the entry's index", Form::number),
      local("out", "the file to make; nothing is overwritten", true, Form::file)}, "", {}, {}, run_receipt},

    {"listLedgerSegments", "ledger segments", "GET", "/ledger/segments",
     "closed segments of the ledger, oldest first (system, audit)", {},
     "number first end octets newest exported confirmed place removed bundle_digest"},
    {"exportLedgerSegment", "ledger export", "GET", "/ledger/segments/{number}/bundle",
     "save a segment as a bundle, for `kioskward verify bundle` (audit)",
     {path("NUMBER", "number", "the segment's number", Form::number), kPurpose,
      local("out", "the file to make; nothing is overwritten", true, Form::file)}, "", {}, {}, run_ledger_export},
    {"confirmLedgerExport", "ledger confirm", "POST", "/ledger/segments/{number}/confirm",
     "say that the bundle is kept elsewhere: old segments may leave then (audit)",
     {path("NUMBER", "number", "the segment's number", Form::number),
      must("digest", "digest", "SM3 of the bundle that is kept, 64 hex digits"),
      must("place", "place", "where it is kept; it stands in the audit")}, ""},

    {"createAuditExtract", "audit extract", "POST", "/audit/extracts",
     "take what matches out into a file at the platform, numbered and for a time (audit)",
     {must("purpose", "purpose", "what for; it stands in the audit"), otherwise("csv", may("form", "form", "csv or jsonl (csv)")),
      otherwise("24", may("hours", "valid_hours", "for how long, 1 to 720 (24)", Form::number)), query("type", "an event type"),
      query("device", "ID of a kiosk"), query("person", "an account"), query("result", "success, refused, blocked, failed or observed"),
      query("severity", "this one and above: info … critical"), query("site", "ID of a site"), query("trace", "one trace"),
      query("case", "one case"), query("from", "time, RFC 3339 in UTC"), query("to", "time, RFC 3339 in UTC")}, ""},
    {"listAuditExtracts", "audit extracts", "GET", "/audit/extracts", "what was taken out (audit)", {},
     "id watermark state account made expires entries purpose filter"},
    {"getAuditExtract", "audit fetch", "GET", "/audit/extracts/{id}/content",
     "fetch an extract into a new file; its digest is checked (audit)",
     {kId, local("out", "the file to make; nothing is overwritten", true, Form::file)}, "", {}, {}, run_media_get},
    {"listRowFindings", "store rows", "GET", "/store/rows",
     "rows of the database that somebody else than the platform has written (system, audit)", {}, "table key what"},
    {"getLanding", "landing", "GET", "/landing",
     "rules of the landing guard, and what it met since the platform's start (security, audit)", {}, ""},
    {"acceptRows", "store accept", "POST", "/store/rows/accept", "take the rows as they are over as right (system)",
     {kReason}, ""},
    {"listWitnesses", "witnesses list", "GET", "/witnesses", "who vouches for the ledger, and who refuses it", {},
     "name kind site size signed_at refuses"},
    {"getWitnessed", "witnesses checkpoint", "GET", "/witnesses/checkpoint",
     "the newest head that enough sites have signed, in hex", {}, "object"},
    {"witnessHead", "", "GET", "/witness/head", "", {query("seen", "", Form::number)}, ""},  // `kioskward witness`'s two
    {"witnessSay", "", "POST", "/witness/words", "", {must("object", "object", "")}, ""},

    {"listExports", "exports list", "GET", "/exports", "where the audit goes, and how far it is (audit)", {},
     "name kind state paused stalled lag oldest sent refused aside batch attempts last_success last_error"},
    {"listExports", "exports show", "GET", "/exports", "one target (audit)",
     {local("NAME", "the target", true)}, "", "name"},
    {"listExportRefusals", "exports refusals", "GET", "/exports/{name}/refusals",
     "records that its receiver refused, newest first (audit)", {kTarget, kLimit},
     "index number code time whole state settled"},
    {"resendExportRefusal", "exports resend", "POST", "/exports/{name}/refusals/{number}/resend",
     "send a refused record again; `exports refusals` tells what came of it (audit)",
     {kTarget, path("NUMBER", "number", "18 digits, from the list of refusals"), kReason}, "number state"},
    {"listExportProfiles", "exports profiles", "GET", "/export-profiles",
     "profiles with their text: shipped, files of the machine, saved (audit)", {},
     "name source version kind address digest saved_by saved problem"},
    {"listExportProfileVersions", "exports versions", "GET", "/export-profiles/{name}/versions",
     "versions of a saved profile, newest first (audit)", {kTarget}, "name version digest saved_by saved reason"},
    {"checkExportProfile", "exports check", "POST", "/export-profiles/check",
     "what is wrong with a profile, and on which line (audit)",
     {must("file", "text", "the profile, TOML", Form::file)}, "", {}, "ok"},
    {"saveExportProfile", "exports save", "POST", "/export-profiles",
     "save a profile: its target takes it at the next batch (audit)",
     {must("file", "text", "the profile, TOML", Form::file),
      must("base", "base", "the version that was edited, 0 for a new profile: a newer one is not overwritten", Form::number),
      kReason}, "name version digest address"},
    {"pauseExport", "exports pause", "POST", "/exports/{name}/pause", "send nothing more for now (audit)",
     {kTarget, kReason}, "name state lag"},
    {"resumeExport", "exports resume", "POST", "/exports/{name}/resume", "go on where it stopped (audit)",
     {kTarget, kReason}, "name state lag"},
    {"testExport", "exports test", "POST", "/exports/{name}/test",
     "send one test record; `exports show` tells what came of it (audit)", {kTarget, kReason}, "name state test"},

    {"listUsers", "users list", "GET", "/users", "the administrators (system, audit)", {},
     "id account display_name role state last_login ends"},
    {"createUser", "users create", "POST", "/users",
     "ask for a new account; another administrator approves, then `users invite` (system)",
     {must("account", "account", "a-z 0-9 . _ -, 3 to 32"), must("name", "display_name", "the name to show"),
      must("person", "person", "staff number; one role a person"),
      must("role", "role", "system, security, audit, operator, inspector, custodian or assessor"),
      may("regions", "regions", "IDs of regions (the city without it)", Form::list),
      may("ends", "ends", "last moment of the account, RFC 3339 in UTC; an assessor needs one"),
      may("reason", "reason", "why; it stands in the audit")}, ""},
    {"inviteUser", "users invite", "POST", "/users/{id}/invite",
     "a one-time password for an account that is new; it is shown this once (system)", {kId}, ""},
    {"changeUser", "users change", "POST", "/users/{id}/change",
     "ask for another role, other regions, another last day; another administrator approves (system)",
     {kId, may("role", "role", "the new role"), may("regions", "regions", "IDs of regions", Form::list),
      may("ends", "ends", "last moment of the account; empty: no end"), kReason}, ""},
    {"resetUser", "users reset", "POST", "/users/{id}/reset",
     "for a person who has lost a factor: ask for everything anew; another administrator approves, then `users invite` (system)",
     {kId, kReason}, ""},
    {"disableUser", "users disable", "POST", "/users/{id}/disable", "lock an administrator out (system)", {kId, kReason}, ""},

    {"getSettings", "settings show", "GET", "/settings", "what takes two persons; sessions and passwords", {}, ""},
    {"changeSettings", "settings change", "POST", "/settings",
     "ask for other settings; another administrator approves (system)",
     {must("base", "base_revision", "the revision that was read", Form::number),
      must("two-persons", "two_persons", "operations that take two persons; empty: none", Form::list),
      otherwise("15", may("idle-minutes", "idle_minutes", "10 to 30 (15)", Form::number)),
      otherwise("10", may("confirm-minutes", "confirm_minutes", "1 to 60 (10)", Form::number)),
      otherwise("12", may("password-length", "password_length", "8 to 64 (12)", Form::number)),
      otherwise("90", may("password-days", "password_days", "0 to 365, 0: no age (90)", Form::number)),
      otherwise("5", may("password-history", "password_history", "0 to 24 (5)", Form::number)),
      may("factors", "required_factors", "ROLE:FACTOR,…: what a role has to use (totp, passkey, ukey); as it is without it", Form::list), kReason}, ""},
    {"listApiTokens", "api-tokens list", "GET", "/api-tokens", "tokens of machines, without their text", {},
     "id name state operations expires last_used created_by"},
    {"createApiToken", "api-tokens create", "POST", "/api-tokens",
     "make a token for a machine; it is shown this once (system, security)",
     {must("name", "name", "what it is for"), must("operations", "operations", "operationIds it may use", Form::list),
      may("regions", "regions", "IDs of regions (your own without it)", Form::list),
      may("certificate", "certificate", "SHA-256 fingerprint of the client's certificate it is bound to"),
      otherwise("90", may("days", "days", "1 to 366 (90)", Form::number))}, ""},
    {"revokeApiToken", "api-tokens revoke", "POST", "/api-tokens/{id}/revoke", "end a token (system, security)",
     {kId, kReason}, "id name state"},

    {"live", "events", "GET", "/live", "what happens now, a line each, until Ctrl-C",
     {local("count", "end after so many lines", false, Form::number)}, "", {}, {}, run_events},
    {"listEventTypes", "event-types", "GET", "/event-types", "the event catalogue", {}, "type clause severity alarm params"},
    {"health", "health", "GET", "/health", "is the platform up; needs no session", {kServer}, ""},
};
// clang-format on

}  // namespace

std::span<const Operation> operations() { return kTable; }

const Operation& find_operation(std::string_view id) {
  const auto found = std::ranges::find(kTable, id, &Operation::id);
  if (found == kTable.end()) std::abort();  // a defect: the caller names an ID that is no row
  return *found;
}

}  // namespace kw::cli

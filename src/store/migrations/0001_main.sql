-- The platform's first schema. IDs are 16 octets, times nanoseconds since 1970 in UTC.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE sites (
  id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, district TEXT NOT NULL, address TEXT NOT NULL,
  created INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE enrol_tokens (
  id BLOB PRIMARY KEY, site BLOB NOT NULL REFERENCES sites(id), secret_hash BLOB NOT NULL UNIQUE, note TEXT NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER) WITHOUT ROWID;

CREATE TABLE enrolments (
  id BLOB PRIMARY KEY, state INTEGER NOT NULL, requested INTEGER NOT NULL, peer TEXT NOT NULL, address TEXT NOT NULL,
  mac TEXT NOT NULL, interface TEXT NOT NULL, hostname TEXT NOT NULL, agent_version TEXT NOT NULL,
  vendor_model TEXT NOT NULL, hardware BLOB NOT NULL, pkcs10 BLOB NOT NULL, site BLOB NOT NULL REFERENCES sites(id),
  token BLOB NOT NULL REFERENCES enrol_tokens(id), device BLOB NOT NULL, reason TEXT NOT NULL, reply BLOB NOT NULL)
  WITHOUT ROWID;
CREATE INDEX enrolments_state ON enrolments(state, requested);

CREATE TABLE devices (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, site BLOB NOT NULL REFERENCES sites(id), address TEXT NOT NULL,
  gateway TEXT NOT NULL, mac TEXT NOT NULL, interface TEXT NOT NULL, custodian TEXT NOT NULL,
  custodian_phone TEXT NOT NULL, hardware BLOB NOT NULL, created INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
  online INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0, policy_revision INTEGER NOT NULL DEFAULT 0,
  policy_digest BLOB NOT NULL DEFAULT x'', policy_wanted INTEGER NOT NULL DEFAULT 0, last_seen INTEGER,
  agent_version TEXT NOT NULL DEFAULT '', case_id BLOB NOT NULL DEFAULT x'', acknowledged INTEGER NOT NULL DEFAULT 0,
  -- The order of DeviceLive: online, offline, cut, disabled, degraded, watching.
  live INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN disabled THEN 3 WHEN state = 2 OR length(case_id) > 0 THEN 2 WHEN NOT online THEN 1
         WHEN state = 3 THEN 4 WHEN state = 4 THEN 5 ELSE 0 END) STORED) WITHOUT ROWID;
CREATE UNIQUE INDEX devices_name ON devices(name) WHERE disabled = 0;
CREATE UNIQUE INDEX devices_address ON devices(address) WHERE disabled = 0;
CREATE INDEX devices_live ON devices(live);
CREATE INDEX devices_site ON devices(site);

CREATE TABLE facts (
  device BLOB NOT NULL REFERENCES devices(id), key TEXT NOT NULL, value TEXT NOT NULL, time INTEGER NOT NULL,
  source TEXT NOT NULL, PRIMARY KEY (device, key)) WITHOUT ROWID;

CREATE TABLE certificates (
  serial BLOB PRIMARY KEY, device BLOB NOT NULL REFERENCES devices(id), usage TEXT NOT NULL, der BLOB NOT NULL,
  not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, revoked INTEGER) WITHOUT ROWID;
CREATE INDEX certificates_device ON certificates(device);
CREATE INDEX certificates_revoked ON certificates(revoked) WHERE revoked IS NOT NULL;

CREATE TABLE policies (
  revision INTEGER PRIMARY KEY, published INTEGER NOT NULL, publisher TEXT NOT NULL, note TEXT NOT NULL,
  digest BLOB NOT NULL, template TEXT NOT NULL, valid_days INTEGER NOT NULL);

CREATE TABLE bundles (
  id BLOB PRIMARY KEY, device_id BLOB NOT NULL REFERENCES devices(id), revision INTEGER NOT NULL REFERENCES policies(revision),
  signed BLOB NOT NULL, digest BLOB NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL,
  outcome TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX bundles_device ON bundles(device_id, revision);
CREATE INDEX bundles_revision ON bundles(revision);

CREATE TABLE orders (
  id BLOB PRIMARY KEY, device BLOB NOT NULL REFERENCES devices(id), kind TEXT NOT NULL, case_id BLOB NOT NULL,
  issued INTEGER NOT NULL, expires INTEGER NOT NULL, reason TEXT NOT NULL, state INTEGER NOT NULL,
  outcome_reason TEXT NOT NULL, signed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX orders_device ON orders(device, issued);

CREATE TABLE events (
  device BLOB NOT NULL, sequence INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, PRIMARY KEY (device, sequence))
  WITHOUT ROWID;

CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, device BLOB NOT NULL, sequence INTEGER NOT NULL,
  octets BLOB NOT NULL);

CREATE TABLE audit_index (
  ledger_index INTEGER PRIMARY KEY, id BLOB NOT NULL, time INTEGER NOT NULL, type TEXT NOT NULL, device BLOB NOT NULL,
  person TEXT NOT NULL);
CREATE INDEX audit_id ON audit_index(id);
CREATE INDEX audit_type ON audit_index(type, ledger_index);
CREATE INDEX audit_device ON audit_index(device, ledger_index);
CREATE INDEX audit_person ON audit_index(person, ledger_index);
CREATE INDEX audit_time ON audit_index(time);

CREATE TABLE alarms (
  id BLOB PRIMARY KEY, device BLOB NOT NULL, type TEXT NOT NULL, clause TEXT NOT NULL, severity INTEGER NOT NULL,
  state INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, params TEXT NOT NULL,
  case_id BLOB NOT NULL, acknowledged_by TEXT NOT NULL, note TEXT NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX alarms_open ON alarms(device, type, case_id) WHERE state = 0;
CREATE INDEX alarms_state ON alarms(state, last);
CREATE INDEX alarms_device ON alarms(device, last);

CREATE TABLE users (
  id BLOB PRIMARY KEY, account TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL,
  state INTEGER NOT NULL, password_hash TEXT NOT NULL, totp_sealed BLOB NOT NULL, totp_step INTEGER NOT NULL,
  failures INTEGER NOT NULL, locked_until INTEGER, last_login INTEGER, one_time_expires INTEGER,
  created INTEGER NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX users_person ON users(person) WHERE state <> 2;

CREATE TABLE activations (
  token_hash BLOB PRIMARY KEY, user BLOB NOT NULL UNIQUE REFERENCES users(id), password_hash TEXT NOT NULL,
  totp_sealed BLOB NOT NULL, expires INTEGER NOT NULL, failures INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY, user BLOB NOT NULL REFERENCES users(id), csrf TEXT NOT NULL, created INTEGER NOT NULL,
  expires INTEGER NOT NULL, last_used INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions(user);

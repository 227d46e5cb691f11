-- Regions as a tree, accounts with scopes, requests for any operation, sessions that can be told apart, tokens of machines.
CREATE TABLE regions (
  id BLOB PRIMARY KEY, parent BLOB NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, created INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE UNIQUE INDEX regions_name ON regions(parent, name);
-- The city: every other region is below it. What stood in sites.district becomes a district of it.
INSERT INTO regions VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000000', '全市', 0, 0);
INSERT INTO regions SELECT randomblob(16), x'00000000000000000000000000000001', district, 1, 0
  FROM (SELECT DISTINCT district FROM sites WHERE district NOT IN ('', '全市'));
ALTER TABLE sites ADD COLUMN region BLOB NOT NULL DEFAULT x'00000000000000000000000000000001';
UPDATE sites SET region = coalesce((SELECT id FROM regions r WHERE r.name = sites.district AND r.kind = 1), region);
ALTER TABLE sites DROP COLUMN district;
CREATE INDEX sites_region ON sites(region);

-- IDs with blanks between, in the account's own row: that row is what RowSeals protect.
ALTER TABLE users ADD COLUMN regions TEXT NOT NULL DEFAULT '00000000000000000000000000000001';
ALTER TABLE users ADD COLUMN ends INTEGER;
ALTER TABLE users ADD COLUMN password_changed INTEGER NOT NULL DEFAULT 0;
-- Accounts from before begin their password's age now: nobody is locked out by an update.
UPDATE users SET password_changed = cast(strftime('%s', 'now') AS INTEGER) * 1000000000;
CREATE TABLE old_passwords (
  user BLOB NOT NULL REFERENCES users(id), changed INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (user, changed))
  WITHOUT ROWID;
ALTER TABLE sessions ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN peer TEXT NOT NULL DEFAULT '';

CREATE TABLE new_requests (
  id BLOB PRIMARY KEY, operation TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, device BLOB NOT NULL,
  section TEXT NOT NULL, action TEXT NOT NULL, args TEXT NOT NULL, reason TEXT NOT NULL, asked_by TEXT NOT NULL,
  asked_person TEXT NOT NULL, asked_user BLOB NOT NULL, asked_role TEXT NOT NULL, asked INTEGER NOT NULL,
  expires INTEGER NOT NULL, state INTEGER NOT NULL, decided_by TEXT NOT NULL, decision TEXT NOT NULL, decided INTEGER,
  order_id BLOB NOT NULL, outcome TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO new_requests SELECT id, 'askAction', lower(hex(device)), '', device, section, action, args, reason, asked_by,
  asked_person, x'00000000000000000000000000000000', 'security', asked, expires, state, decided_by, decision, decided,
  order_id, CASE state WHEN 1 THEN 'done' ELSE '' END FROM requests;
DROP TABLE requests;
ALTER TABLE new_requests RENAME TO requests;
CREATE INDEX requests_device ON requests(device, id);
CREATE INDEX requests_waiting ON requests(expires) WHERE state = 0;

CREATE TABLE api_tokens (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, secret_hash BLOB NOT NULL UNIQUE, operations TEXT NOT NULL,
  regions TEXT NOT NULL, certificate TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, created_by TEXT NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL, last_used INTEGER, revoked INTEGER) WITHOUT ROWID;

-- Compliance: when the platform heard a fact, what it knows of each kiosk's word, the newest event of each type, records
-- that people gave, verdicts with their history, and a score a day. Verdicts are derived and judged anew at each start.
ALTER TABLE facts ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;
CREATE TABLE kiosk_words (
  device BLOB PRIMARY KEY, vouched INTEGER, state INTEGER NOT NULL DEFAULT 0, facts_since INTEGER,
  events_complete INTEGER, suite TEXT NOT NULL DEFAULT '', admitted INTEGER, policy_revision INTEGER NOT NULL DEFAULT 0,
  policy_digest BLOB NOT NULL DEFAULT x'') WITHOUT ROWID;
CREATE TABLE last_events (
  device BLOB NOT NULL, type TEXT NOT NULL, by_kiosk INTEGER NOT NULL, time INTEGER NOT NULL, result TEXT NOT NULL,
  PRIMARY KEY (device, type, by_kiosk)) WITHOUT ROWID;
CREATE INDEX last_events_by_type ON last_events (type, time);
CREATE TABLE compliance_records (
  id BLOB PRIMARY KEY, kind INTEGER NOT NULL, subject BLOB NOT NULL, record TEXT NOT NULL, requirement TEXT NOT NULL,
  number TEXT NOT NULL, issuer TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL,
  fields TEXT NOT NULL, reason TEXT NOT NULL, file_name TEXT NOT NULL, file_digest BLOB NOT NULL, who TEXT NOT NULL,
  role TEXT NOT NULL, second_who TEXT NOT NULL, filed INTEGER NOT NULL, withdrawn INTEGER, withdrawn_by TEXT NOT NULL,
  withdrawn_why TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX compliance_records_by_subject ON compliance_records (kind, subject);
CREATE TABLE compliance_verdicts (
  kind INTEGER NOT NULL, subject BLOB NOT NULL, requirement TEXT NOT NULL, status INTEGER NOT NULL,
  since INTEGER NOT NULL, judged INTEGER NOT NULL, holds_until INTEGER NOT NULL, valid_until INTEGER,
  reasons TEXT NOT NULL, PRIMARY KEY (kind, subject, requirement)) WITHOUT ROWID;
CREATE INDEX compliance_verdicts_by_end ON compliance_verdicts (valid_until);
CREATE TABLE compliance_history (
  kind INTEGER NOT NULL, subject BLOB NOT NULL, requirement TEXT NOT NULL, time INTEGER NOT NULL,
  before INTEGER NOT NULL, after INTEGER NOT NULL, PRIMARY KEY (kind, subject, requirement, time)) WITHOUT ROWID;
CREATE INDEX compliance_history_by_time ON compliance_history (time);
CREATE TABLE compliance_scores (
  kind INTEGER NOT NULL, subject BLOB NOT NULL, day INTEGER NOT NULL, earned INTEGER NOT NULL,
  possible INTEGER NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (kind, subject, day)) WITHOUT ROWID;
CREATE INDEX compliance_scores_by_day ON compliance_scores (day);

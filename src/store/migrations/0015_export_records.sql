-- Batches that are broken up, records put aside that can be sent again, profiles that are kept here in versions.
ALTER TABLE exports ADD COLUMN part_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exports ADD COLUMN part_end INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exports ADD COLUMN in_a_row INTEGER NOT NULL DEFAULT 0;
-- id is target/number: row seals want one column. state: 0 refused, 1 to be sent again, 2 taken then.
CREATE TABLE export_records (
  id TEXT PRIMARY KEY, target TEXT NOT NULL REFERENCES exports(name), entry INTEGER NOT NULL, number TEXT NOT NULL,
  code TEXT NOT NULL, at INTEGER NOT NULL, whole INTEGER NOT NULL, state INTEGER NOT NULL, settled INTEGER) WITHOUT ROWID;
CREATE INDEX export_records_by_entry ON export_records(target, entry);
CREATE INDEX export_records_asked ON export_records(target) WHERE state = 1;
INSERT INTO export_records SELECT target || '/' || number, target, entry, number, code, at, 0, 0, NULL FROM export_refusals;
DROP TABLE export_refusals;
-- id is name/version.
CREATE TABLE export_profiles (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL, digest BLOB NOT NULL,
  saved_by TEXT NOT NULL, saved INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX export_profiles_by_name ON export_profiles(name, version);

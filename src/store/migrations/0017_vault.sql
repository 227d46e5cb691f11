-- The vault: wrapped keys, sealed cases with the terms that they are found by, what commits to all cases of a matter,
-- and how far a rotation is. A session's owner is a pseudonym of the person whom an authority established.
ALTER TABLE business_sessions ADD COLUMN owner BLOB NOT NULL DEFAULT x'';
CREATE TABLE vault_keys (
  name TEXT PRIMARY KEY,  -- id/version: row seals want one column
  id BLOB NOT NULL, version INTEGER NOT NULL, use INTEGER NOT NULL, class INTEGER NOT NULL, district TEXT NOT NULL,
  scope TEXT NOT NULL, state INTEGER NOT NULL, wrapped BLOB NOT NULL, made INTEGER NOT NULL, changed INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE vault_cases (
  matter TEXT NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, number TEXT NOT NULL, status TEXT NOT NULL,
  district TEXT NOT NULL, site BLOB NOT NULL, owner BLOB NOT NULL, for_another INTEGER NOT NULL, session BLOB NOT NULL,
  made INTEGER NOT NULL, changed INTEGER NOT NULL, ends INTEGER NOT NULL, cells BLOB NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (matter, id)) WITHOUT ROWID;
CREATE INDEX vault_cases_by_end ON vault_cases (ends);
CREATE INDEX vault_cases_by_number ON vault_cases (matter, number);
CREATE TABLE vault_terms (
  matter TEXT NOT NULL, field TEXT NOT NULL, term BLOB NOT NULL, id BLOB NOT NULL,
  PRIMARY KEY (matter, field, term, id),
  FOREIGN KEY (matter, id) REFERENCES vault_cases (matter, id) ON DELETE CASCADE) WITHOUT ROWID;
CREATE INDEX vault_terms_by_case ON vault_terms (matter, id);
-- A sealed file of a case: its octets lie in <data_dir>/vault under the file's ID. What is in vault_gone has no row any
-- more, and is removed there next.
CREATE TABLE vault_files (
  matter TEXT NOT NULL, id BLOB NOT NULL, field TEXT NOT NULL, file BLOB NOT NULL UNIQUE, key BLOB NOT NULL,
  key_version INTEGER NOT NULL, plain INTEGER NOT NULL, sealed INTEGER NOT NULL, statement BLOB NOT NULL,
  made INTEGER NOT NULL, ends INTEGER NOT NULL, PRIMARY KEY (matter, id, field),
  FOREIGN KEY (matter, id) REFERENCES vault_cases (matter, id) ON DELETE CASCADE) WITHOUT ROWID;
CREATE INDEX vault_files_by_key ON vault_files (key, key_version);
CREATE INDEX vault_files_by_end ON vault_files (ends);
CREATE TABLE vault_gone (file BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE vault_parts (
  matter TEXT NOT NULL, part INTEGER NOT NULL, octets BLOB NOT NULL, PRIMARY KEY (matter, part)) WITHOUT ROWID;
CREATE TABLE vault_rotations (
  matter TEXT NOT NULL, district TEXT NOT NULL, cursor BLOB NOT NULL, began INTEGER NOT NULL, ended INTEGER,
  moved INTEGER NOT NULL, asked_by TEXT NOT NULL, PRIMARY KEY (matter, district)) WITHOUT ROWID;
CREATE TABLE vault_dictionaries (
  id INTEGER PRIMARY KEY, matter TEXT NOT NULL, made INTEGER NOT NULL, octets BLOB NOT NULL) WITHOUT ROWID;

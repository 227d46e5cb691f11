-- Extracts of the audit that somebody has taken: what for, until when, and the number that stands in every line.
CREATE TABLE audit_extracts (
  id BLOB PRIMARY KEY, number INTEGER NOT NULL UNIQUE, account TEXT NOT NULL, purpose TEXT NOT NULL, filter TEXT NOT NULL,
  form TEXT NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL, entries INTEGER NOT NULL, octets INTEGER NOT NULL,
  digest BLOB NOT NULL, removed INTEGER NOT NULL) WITHOUT ROWID;

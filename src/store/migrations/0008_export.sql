-- How far each target of audit export is: cursor and open_end are ledger indices, stall is the case of a stall's alarm.
CREATE TABLE exports (
  name TEXT PRIMARY KEY, profile BLOB NOT NULL, active INTEGER NOT NULL, ledger BLOB NOT NULL, cursor INTEGER NOT NULL,
  open_end INTEGER NOT NULL, paused INTEGER NOT NULL, sent INTEGER NOT NULL, refused INTEGER NOT NULL,
  told INTEGER NOT NULL, stall BLOB NOT NULL, stalled_since INTEGER, last_success INTEGER, last_error TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE export_refusals (
  target TEXT NOT NULL REFERENCES exports(name), entry INTEGER NOT NULL, number TEXT NOT NULL, code TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (target, entry)) WITHOUT ROWID;

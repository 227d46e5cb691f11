-- The audit index in blocks of 65,536 entries: what one value of one field occurs in, as sets (store/audit/index_set.h).
-- Entries of the block that is not full yet stand as rows. Everything here is made from the ledger: an older index is
-- dropped, and the next start reads the ledger again.
DROP TABLE audit_index;
CREATE TABLE audit_open (
  ledger_index INTEGER PRIMARY KEY, time INTEGER NOT NULL, type TEXT NOT NULL, device BLOB NOT NULL, site BLOB NOT NULL,
  person TEXT NOT NULL, result TEXT NOT NULL, severity INTEGER NOT NULL, trace BLOB NOT NULL, case_id BLOB NOT NULL);
CREATE TABLE audit_blocks (
  block INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, unit INTEGER NOT NULL, times BLOB NOT NULL);
CREATE TABLE audit_postings (
  field INTEGER NOT NULL, value BLOB NOT NULL, block INTEGER NOT NULL, positions BLOB NOT NULL);
CREATE UNIQUE INDEX audit_postings_place ON audit_postings(field, value, block);

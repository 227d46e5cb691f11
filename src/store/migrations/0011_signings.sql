-- Persons who sign: their keys, the rules of persons that kiosks hold, and what waits for signatures.
CREATE TABLE signing_keys (
  id BLOB PRIMARY KEY, owner BLOB NOT NULL REFERENCES users (id), label TEXT NOT NULL, key_id BLOB NOT NULL UNIQUE,
  spki BLOB NOT NULL, added INTEGER NOT NULL, removed INTEGER) WITHOUT ROWID;
CREATE TABLE person_rules (
  revision INTEGER PRIMARY KEY, object BLOB NOT NULL, digest BLOB NOT NULL, made INTEGER NOT NULL, made_by TEXT NOT NULL);
CREATE TABLE signings (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, device BLOB NOT NULL, act TEXT NOT NULL, needed INTEGER NOT NULL,
  must TEXT NOT NULL, object BLOB NOT NULL, words TEXT NOT NULL, asked_by TEXT NOT NULL, asked INTEGER NOT NULL,
  expires INTEGER NOT NULL, state INTEGER NOT NULL, decided INTEGER, decided_by TEXT NOT NULL, decision TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX signings_waiting ON signings (state, expires);
ALTER TABLE policies ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN common BLOB NOT NULL DEFAULT x'';
ALTER TABLE policies ADD COLUMN approval BLOB NOT NULL DEFAULT x'';

-- Natural persons that entries of the ledger tell of, each with a key of its own: whoever is forgotten loses the key and
-- all by which he was found. An identity and a handle are HMACs of what tells who somebody is. subject_entries is made from
-- the ledger.
CREATE TABLE subjects (
  id BLOB PRIMARY KEY, kind INTEGER NOT NULL, identity BLOB UNIQUE, created INTEGER NOT NULL, forgotten INTEGER) WITHOUT ROWID;
CREATE TABLE subject_keys (
  subject BLOB PRIMARY KEY REFERENCES subjects(id), id BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL, about TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE subject_handles (
  handle BLOB NOT NULL, subject BLOB NOT NULL REFERENCES subjects(id), PRIMARY KEY (handle, subject)) WITHOUT ROWID;
CREATE INDEX subject_handles_subject ON subject_handles(subject);
CREATE TABLE subject_entries (
  subject BLOB NOT NULL, ledger_index INTEGER NOT NULL, PRIMARY KEY (subject, ledger_index)) WITHOUT ROWID;

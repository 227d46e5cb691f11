-- Business sessions of kiosks: pseudonyms and counts, what happened in them is in the ledger. A request to a back end has a
-- row while it is under way, so that one which a crash interrupts is recorded at the next start.
CREATE TABLE business_sessions (
  id BLOB PRIMARY KEY, device BLOB NOT NULL REFERENCES devices(id), trace BLOB NOT NULL UNIQUE, span BLOB NOT NULL,
  matter TEXT NOT NULL, began INTEGER NOT NULL, heard INTEGER NOT NULL, ended INTEGER, reason TEXT NOT NULL,
  steps INTEGER NOT NULL, requests INTEGER NOT NULL, errors INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX business_sessions_by_device ON business_sessions (device, began);
CREATE INDEX business_sessions_open ON business_sessions (heard) WHERE ended IS NULL;
CREATE TABLE service_requests (
  span BLOB PRIMARY KEY, session BLOB NOT NULL REFERENCES business_sessions(id), parent BLOB NOT NULL,
  service TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, octets INTEGER NOT NULL, began INTEGER NOT NULL) WITHOUT ROWID;

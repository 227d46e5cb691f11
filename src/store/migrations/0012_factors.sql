-- Second factors beside the authenticator's code: passkeys and UKeys; which one a session was opened with; challenges
-- that were answered already, until they expire by themselves.
CREATE TABLE factors (
  id BLOB PRIMARY KEY, user BLOB NOT NULL REFERENCES users(id), kind INTEGER NOT NULL, name TEXT NOT NULL,
  handle BLOB NOT NULL, key BLOB NOT NULL, counter INTEGER NOT NULL, created INTEGER NOT NULL, last_used INTEGER)
  WITHOUT ROWID;
CREATE UNIQUE INDEX factors_handle ON factors(kind, handle);
CREATE INDEX factors_user ON factors(user, id);
ALTER TABLE sessions ADD COLUMN factor TEXT NOT NULL DEFAULT 'totp';
CREATE TABLE spent_challenges (hash BLOB PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;

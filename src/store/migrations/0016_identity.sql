-- Who established the identity of the person in a session: the authority's name and how strongly, never whom. A token is
-- good once: its digest is kept until it ends.
ALTER TABLE business_sessions ADD COLUMN identity TEXT NOT NULL DEFAULT '';
ALTER TABLE business_sessions ADD COLUMN strength TEXT NOT NULL DEFAULT '';
CREATE TABLE identity_marks (mark BLOB PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX identity_marks_by_end ON identity_marks (expires);

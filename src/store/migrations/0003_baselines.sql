-- Baselines that kiosks have learnt and administrators decide on; the arguments of orders to a section.
ALTER TABLE orders ADD COLUMN args TEXT NOT NULL DEFAULT '{}';

CREATE TABLE baselines (
  id BLOB PRIMARY KEY, device BLOB NOT NULL REFERENCES devices(id), section TEXT NOT NULL, revision INTEGER NOT NULL,
  state INTEGER NOT NULL, content BLOB NOT NULL, digest BLOB NOT NULL, proposed INTEGER NOT NULL, decided INTEGER,
  decided_by TEXT NOT NULL, reason TEXT NOT NULL, signed BLOB NOT NULL, outcome TEXT NOT NULL,
  outcome_reason TEXT NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX baselines_proposed ON baselines(device, section) WHERE state = 0;
CREATE UNIQUE INDEX baselines_revision ON baselines(device, section, revision) WHERE state = 1;
CREATE INDEX baselines_device ON baselines(device, id);

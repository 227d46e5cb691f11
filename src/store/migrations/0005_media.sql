-- Recordings that orders asked a kiosk's camera for, and what one administrator asks and another one decides.
CREATE TABLE media (
  id BLOB PRIMARY KEY REFERENCES orders(id), device BLOB NOT NULL REFERENCES devices(id), kind TEXT NOT NULL,
  content_type TEXT NOT NULL, state INTEGER NOT NULL, asked_by TEXT NOT NULL, purpose TEXT NOT NULL, taken INTEGER NOT NULL,
  began INTEGER NOT NULL, heard INTEGER NOT NULL, pieces INTEGER NOT NULL, octets INTEGER NOT NULL,
  stored INTEGER NOT NULL, digest BLOB NOT NULL, key BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX media_device ON media(device, id);
CREATE INDEX media_arriving ON media(heard) WHERE state = 0;
CREATE INDEX media_stored ON media(began) WHERE stored > 0;

CREATE TABLE requests (
  id BLOB PRIMARY KEY, device BLOB NOT NULL REFERENCES devices(id), section TEXT NOT NULL, action TEXT NOT NULL,
  args TEXT NOT NULL, reason TEXT NOT NULL, asked_by TEXT NOT NULL, asked_person TEXT NOT NULL, asked INTEGER NOT NULL,
  expires INTEGER NOT NULL, state INTEGER NOT NULL, decided_by TEXT NOT NULL, decision TEXT NOT NULL, decided INTEGER,
  order_id BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX requests_device ON requests(device, id);
CREATE INDEX requests_waiting ON requests(expires) WHERE state = 0;

-- The guard's own key of each kiosk (SubjectPublicKeyInfo), as first shown at admission; empty before that.
ALTER TABLE devices ADD COLUMN liveness_key BLOB NOT NULL DEFAULT x'';

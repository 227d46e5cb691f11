-- What the platform signed of a recording when it sealed it in the vault's form (v1::Signed of vault::FileStatement); empty
-- where it is in the form in which pieces arrive.
ALTER TABLE media ADD COLUMN statement BLOB NOT NULL DEFAULT x'';
CREATE INDEX media_unsealed ON media(id) WHERE state = 1 AND stored > 0 AND length(statement) = 0;

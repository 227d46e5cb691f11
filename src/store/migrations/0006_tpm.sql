-- What each kiosk's TPM quotes are held against (v1.TpmBinding): as shown at enrolment, or first; empty: no TPM.
ALTER TABLE devices ADD COLUMN tpm BLOB NOT NULL DEFAULT x'';
ALTER TABLE enrolments ADD COLUMN tpm BLOB NOT NULL DEFAULT x'';

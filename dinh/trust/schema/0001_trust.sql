CREATE SCHEMA trust;
GRANT USAGE ON SCHEMA trust TO dinh_rows;

-- Public certificates by handle; private keys are the signer's.
CREATE TABLE trust.certificate (
  handle text PRIMARY KEY, -- pii: reference; basis: employment by the agency; keep: permanent
  pem text NOT NULL, -- pii: name; basis: employment by the agency; keep: permanent
  not_after timestamptz NOT NULL, -- pii: none
  kept_at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT, UPDATE ON trust.certificate TO dinh_rows;

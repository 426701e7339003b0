CREATE SCHEMA vault;
GRANT USAGE ON SCHEMA vault TO dinh_rows;

CREATE TABLE vault.document (
  id uuid PRIMARY KEY, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  kind text NOT NULL, -- pii: none
  title jsonb NOT NULL, -- pii: none
  issuer text NOT NULL, -- pii: none
  issued_on date NOT NULL, -- pii: none
  case_code text NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  file uuid NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  sha256 bytea NOT NULL, -- pii: none
  status text NOT NULL, -- pii: none
  deposited_at timestamptz NOT NULL, -- pii: none
  token_hash bytea NOT NULL UNIQUE, -- pii: none
  UNIQUE (case_code, kind)
);
CREATE INDEX ON vault.document (person);
CREATE INDEX ON vault.document (sha256);
ALTER TABLE vault.document ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON vault.document TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY platform ON vault.document TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON vault.document TO dinh_rows;

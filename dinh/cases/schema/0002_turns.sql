-- kind: expand
-- The turns of a case between receipt and result: slips, pauses of the clock, a promised new day, a hand-over, a proposal sent back.
ALTER TABLE cases.case
  ADD COLUMN paused_at timestamptz, -- pii: none
  ADD COLUMN promised_on date; -- pii: none
ALTER TABLE cases.proposal ADD COLUMN returned_at timestamptz; -- pii: none
-- What the registers answered about papers that were since replaced has to be asked again.
ALTER TABLE cases.finding ADD COLUMN stale_at timestamptz; -- pii: none

-- A slip is a message of the agency with a form's number: its content is what the applicant reads.
CREATE TABLE cases.slip (
  id uuid PRIMARY KEY, -- pii: none
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  kind text NOT NULL, -- pii: none
  serial int NOT NULL, -- pii: none
  issued_at timestamptz NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  content bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: by record class
  UNIQUE (case_id, kind, serial)
);
-- The clock's ledger: from when to when it stood still, on which slip. `until` is empty while it does.
CREATE TABLE cases.pause (
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  since timestamptz NOT NULL, -- pii: none
  until timestamptz, -- pii: none
  slip uuid NOT NULL, -- pii: none
  basis text NOT NULL, -- pii: none
  PRIMARY KEY (case_id, since)
);
CREATE UNIQUE INDEX ON cases.pause (case_id) WHERE until IS NULL;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['slip', 'pause'] LOOP
    EXECUTE format('ALTER TABLE cases.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format($f$CREATE POLICY of_unit ON cases.%I TO dinh_app
      USING (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))
      WITH CHECK (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))$f$, name);
    EXECUTE format('CREATE POLICY platform ON cases.%I TO dinh_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON cases.%I TO dinh_rows', name);
  END LOOP;
END $$;

-- The applicant's side.
ALTER TABLE cases.application
  ADD COLUMN paused_at timestamptz, -- pii: none
  ADD COLUMN promised_on date; -- pii: none
CREATE TABLE cases.application_slip (
  id uuid PRIMARY KEY, -- pii: none
  application uuid NOT NULL, -- pii: reference; basis: request of the person; keep: with the case
  kind text NOT NULL, -- pii: none
  serial int NOT NULL, -- pii: none
  issued_at timestamptz NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  content bytea NOT NULL, -- pii: encrypted; basis: request of the person; keep: with the case
  UNIQUE (application, kind, serial)
);
ALTER TABLE cases.application_slip ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON cases.application_slip FOR SELECT TO dinh_app USING (EXISTS (SELECT 1 FROM cases.application a WHERE a.id = application));
CREATE POLICY platform ON cases.application_slip TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON cases.application_slip TO dinh_rows;

-- kind: expand
-- Finding a case by a name or a number without keeping either in clear: keyed hashes of folded words and numbers.
CREATE TABLE cases.mark (
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  mark bytea NOT NULL, -- pii: pseudonym; basis: task of the agency; keep: by record class
  PRIMARY KEY (case_id, mark)
);
-- A search reads marks from the index alone.
CREATE INDEX ON cases.mark (unit, mark, case_id);
ALTER TABLE cases.mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_unit ON cases.mark TO dinh_app
  USING (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))
  WITH CHECK (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]));
CREATE POLICY platform ON cases.mark TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON cases.mark TO dinh_rows;

-- What an officer at the counter has typed for a citizen so far. The row goes when the case is entered.
CREATE TABLE cases.intake (
  id uuid PRIMARY KEY, -- pii: none
  unit text NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  procedure text NOT NULL, -- pii: none
  version date NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: until the case is entered
  key uuid NOT NULL, -- pii: none
  content bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: until the case is entered
  started_at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON cases.intake (unit, started_at);
ALTER TABLE cases.intake ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_unit ON cases.intake TO dinh_app
  USING (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))
  WITH CHECK (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]));
CREATE POLICY platform ON cases.intake TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON cases.intake TO dinh_rows;

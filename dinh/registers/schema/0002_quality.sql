-- kind: expand
-- A night's measurement of one register: how far it has come, so that one that was cut short goes on.
CREATE TABLE registers.quality_run (
  register text NOT NULL, -- pii: none
  day date NOT NULL, -- pii: none
  started_at timestamptz NOT NULL, -- pii: none
  stage int NOT NULL DEFAULT 0, -- pii: none
  position text, -- pii: reference; basis: task of the agency; keep: until the run ends
  records bigint NOT NULL DEFAULT 0, -- pii: none
  found bigint NOT NULL DEFAULT 0, -- pii: none
  gone bigint NOT NULL DEFAULT 0, -- pii: none
  finished_at timestamptz, -- pii: none
  PRIMARY KEY (register, day)
);

-- What was measured: of how many records a rule could be asked, and how many keep it. Percentages are made when they are shown.
CREATE TABLE registers.quality_measure (
  register text NOT NULL, -- pii: none
  day date NOT NULL, -- pii: none
  rule text NOT NULL, -- pii: none
  agency text NOT NULL, -- pii: none
  checked bigint NOT NULL, -- pii: none
  good bigint NOT NULL, -- pii: none
  PRIMARY KEY (register, day, rule, agency)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON registers.quality_run, registers.quality_measure TO dinh_rows;

-- The queue: one row for each record and rule that it breaks or broke. Ids are random, because millions may be made by one statement.
CREATE TABLE registers.finding (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- pii: none
  register text NOT NULL, -- pii: none
  rule text NOT NULL, -- pii: none
  row_key text NOT NULL, -- pii: reference; basis: task of the agency; keep: with the record
  unit text NOT NULL, -- pii: none
  agency text NOT NULL, -- pii: none
  keeper text NOT NULL, -- pii: none
  severity smallint NOT NULL, -- pii: none
  state text NOT NULL DEFAULT 'open', -- pii: none
  holder text, -- pii: none
  first_seen date NOT NULL, -- pii: none
  last_seen date NOT NULL, -- pii: none
  seen_by timestamptz NOT NULL, -- pii: none
  opened_by timestamptz NOT NULL, -- pii: none
  touched_on date, -- pii: none
  fixed_on date, -- pii: none
  accepted_on date, -- pii: none
  returned int NOT NULL DEFAULT 0, -- pii: none
  key uuid, -- pii: none
  note bytea, -- pii: encrypted; basis: task of the agency; keep: with the record
  UNIQUE (register, rule, row_key)
);
CREATE INDEX ON registers.finding (register, severity, first_seen, id) WHERE state <> 'fixed';
CREATE INDEX ON registers.finding (register, seen_by) WHERE state <> 'fixed';

-- What one keeper proposes and another one approves. One waits for a finding at a time.
CREATE TABLE registers.proposal (
  id uuid PRIMARY KEY, -- pii: none
  finding uuid NOT NULL, -- pii: none
  keeper text NOT NULL, -- pii: none
  column_name text NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  old_value bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: with the record
  new_value bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: with the record
  note bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: with the record
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: with the record
  post text NOT NULL, -- pii: none
  proposed_at timestamptz NOT NULL, -- pii: none
  state text NOT NULL, -- pii: none
  decided_by text, -- pii: reference; basis: task of the agency; keep: with the record
  decided_post text, -- pii: none
  decided_at timestamptz -- pii: none
);
CREATE UNIQUE INDEX ON registers.proposal (finding) WHERE state = 'waiting';

-- Every value that was put right from the queue; what cases correct stands in the history of the register. Only ever inserted into.
CREATE TABLE registers.correction (
  id uuid PRIMARY KEY, -- pii: none
  register text NOT NULL, -- pii: none
  row_key text NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  column_name text NOT NULL, -- pii: none
  keeper text NOT NULL, -- pii: none
  agency text NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  old_value bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: permanent
  new_value bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: permanent
  basis text NOT NULL, -- pii: none
  proposed_post text NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  corrected_at timestamptz NOT NULL, -- pii: none
  corrected_on date NOT NULL -- pii: none
);
CREATE INDEX ON registers.correction (register, row_key, corrected_at);
CREATE INDEX ON registers.correction (register, corrected_on);
GRANT SELECT, INSERT ON registers.correction TO dinh_rows;
GRANT SELECT, INSERT, UPDATE ON registers.finding, registers.proposal TO dinh_rows;

-- Officials see and change what their own agency keeps; `agency:<code>` is the unit of an agency's own posts.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['finding', 'proposal', 'correction'] LOOP
    EXECUTE format('ALTER TABLE registers.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format($f$CREATE POLICY of_keeper ON registers.%I TO dinh_app
      USING ('agency:' || keeper = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))
      WITH CHECK ('agency:' || keeper = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))$f$, name);
    EXECUTE format('CREATE POLICY platform ON registers.%I TO dinh_system USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;

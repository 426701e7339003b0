CREATE SCHEMA cases;
GRANT USAGE ON SCHEMA cases TO dinh_rows;

-- The citizen's side, on the portal's node.
CREATE TABLE cases.application (
  id uuid PRIMARY KEY, -- pii: none
  person text NOT NULL, -- pii: reference; basis: request of the person; keep: with the case
  procedure text NOT NULL, -- pii: none
  version date NOT NULL, -- pii: none
  state text NOT NULL, -- pii: none
  updated_at timestamptz NOT NULL, -- pii: none
  key uuid, -- pii: none
  content bytea, -- pii: encrypted; basis: request of the person; keep: with the case
  unit text, -- pii: none
  code text UNIQUE, -- pii: reference; basis: request of the person; keep: with the case
  due_on date, -- pii: none
  submitted_at timestamptz, -- pii: none
  holder text, -- pii: none
  told_at timestamptz -- pii: none
);
CREATE INDEX ON cases.application (person, updated_at);
ALTER TABLE cases.application ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON cases.application TO dinh_app
  USING (person = current_setting('dinh.person', true)) WITH CHECK (person = current_setting('dinh.person', true));
CREATE POLICY platform ON cases.application TO dinh_system USING (true) WITH CHECK (true);

CREATE TABLE cases.application_step (
  application uuid NOT NULL, -- pii: reference; basis: request of the person; keep: with the case
  at timestamptz NOT NULL, -- pii: none
  state text NOT NULL, -- pii: none
  holder text, -- pii: none
  note text, -- pii: none
  PRIMARY KEY (application, at, state)
);
ALTER TABLE cases.application_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON cases.application_step FOR SELECT TO dinh_app USING (EXISTS (SELECT 1 FROM cases.application a WHERE a.id = application));
CREATE POLICY platform ON cases.application_step TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON cases.application, cases.application_step TO dinh_rows;

-- The agency's side. Every table carries the unit, which row-level security and distribution go by.
CREATE TABLE cases.counter (
  unit text NOT NULL, -- pii: none
  day date NOT NULL, -- pii: none
  last int NOT NULL, -- pii: none
  PRIMARY KEY (unit, day)
);

CREATE TABLE cases.case (
  id uuid PRIMARY KEY, -- pii: none
  code text NOT NULL UNIQUE, -- pii: reference; basis: task of the agency; keep: by record class
  application uuid NOT NULL UNIQUE, -- pii: reference; basis: task of the agency; keep: by record class
  procedure text NOT NULL, -- pii: none
  version date NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  agency text NOT NULL, -- pii: none
  channel text NOT NULL, -- pii: none
  state text NOT NULL, -- pii: none
  received_at timestamptz NOT NULL, -- pii: none
  due_on date NOT NULL, -- pii: none
  due_at timestamptz NOT NULL, -- pii: none
  settled_at timestamptz, -- pii: none
  holder text, -- pii: none
  key uuid NOT NULL, -- pii: none
  content bytea NOT NULL -- pii: encrypted; basis: task of the agency; keep: by record class
);
CREATE INDEX ON cases.case (unit, due_at) WHERE settled_at IS NULL;
CREATE INDEX ON cases.case (unit, settled_at DESC) WHERE settled_at IS NOT NULL;

-- Persons and their part in a case.
CREATE TABLE cases.role (
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: by record class
  role text NOT NULL, -- pii: none
  PRIMARY KEY (case_id, role, person)
);
CREATE INDEX ON cases.role (person);

-- A deadline is a budget with its rule, not a countdown: the due day follows from it and the calendar.
CREATE TABLE cases.clock (
  case_id uuid PRIMARY KEY, -- pii: none
  unit text NOT NULL, -- pii: none
  started_at timestamptz NOT NULL, -- pii: none
  counted_from date NOT NULL, -- pii: none
  days int NOT NULL, -- pii: none
  calendar text NOT NULL, -- pii: none
  rule_ref text NOT NULL, -- pii: none
  original_due_on date NOT NULL, -- pii: none
  late_arrival bool NOT NULL -- pii: none
);

-- What the registers answered, what was proposed and decided, and how far its carrying out has come.
CREATE TABLE cases.finding (
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  checked_at timestamptz NOT NULL, -- pii: none
  content bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: by record class
  PRIMARY KEY (case_id)
);
CREATE TABLE cases.proposal (
  case_id uuid PRIMARY KEY, -- pii: none
  unit text NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: by record class
  post text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  note bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: by record class
  proposed_at timestamptz NOT NULL -- pii: none
);
CREATE TABLE cases.decision (
  case_id uuid PRIMARY KEY, -- pii: none
  unit text NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: by record class
  post text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  subject text NOT NULL, -- pii: none
  content bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: by record class
  decided_at timestamptz NOT NULL -- pii: none
);
-- Each step of carrying out a decision writes its result once; a job that starts again continues after the last.
CREATE TABLE cases.decision_step (
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  step text NOT NULL, -- pii: none
  content bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: by record class
  done_at timestamptz NOT NULL, -- pii: none
  PRIMARY KEY (case_id, step)
);
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['case', 'role', 'clock', 'finding', 'proposal', 'decision', 'decision_step'] LOOP
    EXECUTE format('ALTER TABLE cases.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format($f$CREATE POLICY of_unit ON cases.%I TO dinh_app
      USING (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))
      WITH CHECK (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))$f$, name);
    EXECUTE format('CREATE POLICY platform ON cases.%I TO dinh_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON cases.%I TO dinh_rows', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON cases.counter TO dinh_rows;

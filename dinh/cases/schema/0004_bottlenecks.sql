-- kind: expand
-- Where cases spend their time, folded from the spine by the reader `bottlenecks`; can be thrown away and folded again.
-- A moment also stands as working minutes since its calendar began (`..._work`), so that working time between any two moments,
-- also summed over many cases, is a subtraction.
CREATE TABLE cases.stage (
  case_code text NOT NULL, -- pii: reference; basis: task of the agency; keep: by record class
  number int NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  procedure text NOT NULL, -- pii: none
  calendar text NOT NULL, -- pii: none
  stage text NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  handler text NOT NULL, -- pii: none
  due_on date NOT NULL, -- pii: none
  due_work int NOT NULL, -- pii: none
  started_at timestamptz NOT NULL, -- pii: none
  started_work int NOT NULL, -- pii: none
  ended_at timestamptz, -- pii: none
  minutes int, -- pii: none
  PRIMARY KEY (case_code, number)
);
CREATE UNIQUE INDEX ON cases.stage (case_code) WHERE ended_at IS NULL;
CREATE INDEX ON cases.stage (unit, due_on) WHERE ended_at IS NULL;
CREATE INDEX ON cases.stage (unit, stage, post, started_at) WHERE ended_at IS NULL;

-- The open cases, counted, changed with every batch of events.
CREATE TABLE cases.backlog (
  unit text NOT NULL, -- pii: none
  procedure text NOT NULL, -- pii: none
  calendar text NOT NULL, -- pii: none
  stage text NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  due_on date NOT NULL, -- pii: none
  due_work int NOT NULL, -- pii: none
  cases int NOT NULL, -- pii: none
  started_work bigint NOT NULL, -- pii: none
  PRIMARY KEY (unit, procedure, calendar, stage, post, due_on)
);

CREATE TABLE cases.flow (
  unit text NOT NULL, -- pii: none
  week date NOT NULL, -- pii: none
  received int NOT NULL, -- pii: none
  ended int NOT NULL, -- pii: none
  on_time int NOT NULL, -- pii: none
  PRIMARY KEY (unit, week)
);

-- How long stages take on this node, as a histogram: `bucket` is a step of a logarithmic scale. No unit: it is the measure for all.
CREATE TABLE cases.pace (
  month date NOT NULL, -- pii: none
  procedure text NOT NULL, -- pii: none
  stage text NOT NULL, -- pii: none
  bucket int NOT NULL, -- pii: none
  intervals int NOT NULL, -- pii: none
  PRIMARY KEY (month, procedure, stage, bucket)
);

-- The backlog added up by place, and the median of each histogram: what pages read, a few hundred rows however many cases there are.
-- Made anew after new events, and every minute, because time alone makes cases late.
CREATE TABLE cases.place (
  unit text NOT NULL, -- pii: none
  stage text NOT NULL, -- pii: none
  post text NOT NULL, -- pii: none
  calendar text NOT NULL, -- pii: none
  cases int NOT NULL, -- pii: none
  late int NOT NULL, -- pii: none
  at_risk int NOT NULL, -- pii: none
  started_work bigint NOT NULL, -- pii: none
  due_work_late bigint NOT NULL, -- pii: none
  PRIMARY KEY (unit, stage, post, calendar)
);
CREATE TABLE cases.usual (
  procedure text NOT NULL, -- pii: none
  stage text NOT NULL, -- pii: none
  bucket int NOT NULL, -- pii: none
  intervals bigint NOT NULL, -- pii: none
  PRIMARY KEY (procedure, stage)
);

-- Up to which event was folded, and up to which the sums were made, from how many rows.
CREATE TABLE cases.folded (
  one bool PRIMARY KEY DEFAULT true CHECK (one), -- pii: none
  position bigint NOT NULL, -- pii: none
  summed_position bigint NOT NULL DEFAULT 0, -- pii: none
  summed_at timestamptz NOT NULL DEFAULT 'epoch', -- pii: none
  summed_rows int NOT NULL DEFAULT 0 -- pii: none
);

-- Who oversees a unit sees these rows of it, and no case. The list is hashed once a query: 115 units cost what one costs.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['stage', 'backlog', 'flow', 'place'] LOOP
    EXECUTE format('ALTER TABLE cases.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format($f$CREATE POLICY overseen ON cases.%I FOR SELECT TO dinh_app
      USING (unit IN (SELECT unnest(string_to_array(current_setting('dinh.oversees', true), ','))))$f$, name);
    EXECUTE format('CREATE POLICY platform ON cases.%I TO dinh_system USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON cases.stage, cases.backlog, cases.flow, cases.pace, cases.place, cases.usual, cases.folded TO dinh_rows;

-- kind: expand
-- What composition itself keeps: who operates the node, when the platform's own work was last done, held jobs that were put aside.
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO dinh_rows;

-- Read at each request for the operator's page; seen by the platform only.
CREATE TABLE app.operator (
  person text PRIMARY KEY, -- pii: reference; basis: employment by the operator; keep: while entrusted
  since timestamptz NOT NULL -- pii: none
);
ALTER TABLE app.operator ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON app.operator TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON app.operator TO dinh_rows;

-- The last time of each thing that has to be done again and again: a backup, a verification, a round of a background loop.
CREATE TABLE app.mark (
  name text PRIMARY KEY, -- pii: none
  at timestamptz NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  amount bigint NOT NULL DEFAULT 0 -- pii: none
);
GRANT SELECT, INSERT, UPDATE ON app.mark TO dinh_rows;

-- Held jobs that an operator has dealt with in another way. The job itself stays, so that it can still be released.
CREATE TABLE app.aside (
  job bigint PRIMARY KEY, -- pii: none
  reason text NOT NULL, -- pii: none
  at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT, UPDATE, DELETE ON app.aside TO dinh_rows;

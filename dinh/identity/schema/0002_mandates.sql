-- kind: expand
-- Who may act for whom, how far and until when. Everything but its end is written once: nobody can widen a mandate.
CREATE TABLE identity.mandate (
  id uuid PRIMARY KEY, -- pii: none
  kind text NOT NULL CHECK (kind IN ('guardian', 'attorney')), -- pii: none
  represented text NOT NULL, -- pii: reference; basis: request of the person; keep: 5 years after its end
  representative text NOT NULL, -- pii: reference; basis: request of the person; keep: 5 years after its end
  parts text[] NOT NULL, -- pii: none
  procedures text[] NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  names bytea NOT NULL, -- pii: encrypted; basis: request of the person; keep: 5 years after its end
  given_at timestamptz NOT NULL, -- pii: none
  ends_on date NOT NULL, -- pii: none
  basis text NOT NULL, -- pii: none
  ended_at timestamptz, -- pii: none
  disposed_at timestamptz, -- pii: none
  ended_by text CHECK (ended_by IN ('represented', 'representative', 'register')), -- pii: none
  CHECK (represented <> representative)
);
CREATE INDEX ON identity.mandate (represented);
CREATE INDEX ON identity.mandate (representative);
CREATE UNIQUE INDEX one_guardianship ON identity.mandate (represented, representative) WHERE kind = 'guardian' AND ended_at IS NULL;
ALTER TABLE identity.mandate ENABLE ROW LEVEL SECURITY;
CREATE POLICY either_side ON identity.mandate TO dinh_app
  USING (current_setting('dinh.person', true) IN (represented, representative)) WITH CHECK (current_setting('dinh.person', true) IN (represented, representative));
CREATE POLICY platform ON identity.mandate TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON identity.mandate TO dinh_rows;

-- What was long over loses its persons: the platform's transactions alone may do that.
GRANT UPDATE (represented, representative, disposed_at) ON identity.mandate TO dinh_system;

-- For whom a session acts, and their name for the line on every page.
ALTER TABLE identity.session ADD COLUMN mandate uuid; -- pii: none
ALTER TABLE identity.session ADD COLUMN mandate_of bytea; -- pii: encrypted; basis: request of the person; keep: 1 day

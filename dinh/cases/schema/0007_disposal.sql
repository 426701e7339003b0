-- kind: expand
-- Content whose time is over is erased by destroying its key; the row stays as the fact that there was a case.
ALTER TABLE cases.case ADD COLUMN disposed_at timestamptz; -- pii: none
ALTER TABLE cases.application ADD COLUMN disposed_at timestamptz; -- pii: none
CREATE INDEX ON cases.case (id) WHERE settled_at IS NOT NULL AND disposed_at IS NULL;
GRANT DELETE ON cases.application_slip, cases.role TO dinh_rows;

-- A case that must be kept, by order of a court or another authority, whatever its class says. `reference` is the number of that order.
CREATE TABLE cases.hold (
  id uuid PRIMARY KEY, -- pii: none
  case_id uuid NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  case_code text NOT NULL, -- pii: reference; basis: task of the agency; keep: 10 years
  reference text NOT NULL, -- pii: none
  placed_at timestamptz NOT NULL, -- pii: none
  lifted_at timestamptz -- pii: none
);
CREATE UNIQUE INDEX standing_hold ON cases.hold (case_code) WHERE lifted_at IS NULL;
ALTER TABLE cases.hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_unit ON cases.hold TO dinh_app
  USING (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]))
  WITH CHECK (unit = ANY ((SELECT string_to_array(current_setting('dinh.units', true), ','))::text[]));
CREATE POLICY platform ON cases.hold TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (lifted_at, unit) ON cases.hold TO dinh_rows;

-- kind: expand
-- Who asked that their record be used for nothing but what a law demands, from when to when, by which case. Rows are added and closed, never removed.
CREATE TABLE registers.restriction (
  case_code text PRIMARY KEY, -- pii: reference; basis: task of the agency; keep: permanent
  person text NOT NULL, -- pii: reference; basis: request of the person; keep: permanent
  since timestamptz NOT NULL, -- pii: none
  lifted_by text, -- pii: reference; basis: task of the agency; keep: permanent
  lifted_at timestamptz -- pii: none
);
CREATE UNIQUE INDEX standing_restriction ON registers.restriction (person) WHERE lifted_at IS NULL;
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at) ON registers.restriction TO dinh_rows;

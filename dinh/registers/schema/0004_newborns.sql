-- kind: expand
-- News of registered births, as each register got them: what it is to act on. `service` says for which register. Rows are added, never changed.
CREATE TABLE registers.newborn (
  service text NOT NULL, -- pii: none
  case_code text NOT NULL, -- pii: reference; basis: task of the agency; keep: 10 years
  child text NOT NULL, -- pii: reference; basis: task of the agency; keep: 10 years
  unit text NOT NULL, -- pii: none
  registered_on date NOT NULL, -- pii: none
  born_on date, -- pii: birth; basis: task of the agency; keep: 10 years
  number text, -- pii: reference; basis: task of the agency; keep: 10 years
  mother text, -- pii: reference; basis: task of the agency; keep: 10 years
  father text, -- pii: reference; basis: task of the agency; keep: 10 years
  noted_at timestamptz NOT NULL, -- pii: none
  PRIMARY KEY (service, case_code)
);
CREATE INDEX ON registers.newborn (service, unit, noted_at);
GRANT SELECT, INSERT ON registers.newborn TO dinh_rows;

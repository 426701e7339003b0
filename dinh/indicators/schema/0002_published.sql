-- kind: expand
-- Counted by procedure as well. `indicators.figure` is no longer written from here on; it goes in a later release, so that the previous one
-- can still run beside this one.
CREATE TABLE indicators.cell (
  indicator text NOT NULL, -- pii: none
  month date NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  procedure text NOT NULL, -- pii: none
  value bigint NOT NULL, -- pii: none
  PRIMARY KEY (indicator, month, unit, procedure)
);

-- What the public sees, and all that public pages read: small numbers, and what would give them away, have no value here.
-- An empty unit or procedure is the total.
CREATE TABLE indicators.published (
  indicator text NOT NULL, -- pii: none
  month date NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  procedure text NOT NULL, -- pii: none
  value bigint, -- pii: none
  hidden text, -- pii: none
  CHECK ((value IS NULL) = (hidden IS NOT NULL)),
  PRIMARY KEY (indicator, month, unit, procedure)
);
CREATE INDEX ON indicators.published (month) WHERE unit = '' AND procedure = '';

-- A month whose count changed after event `published` waits to be published again, not before `due_at`.
CREATE TABLE indicators.month (
  indicator text NOT NULL, -- pii: none
  month date NOT NULL, -- pii: none
  changed bigint NOT NULL, -- pii: none
  published bigint NOT NULL DEFAULT 0, -- pii: none
  due_at timestamptz NOT NULL DEFAULT 'epoch', -- pii: none
  PRIMARY KEY (indicator, month)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON indicators.cell, indicators.published, indicators.month TO dinh_rows;

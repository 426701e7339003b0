CREATE SCHEMA indicators;
GRANT USAGE ON SCHEMA indicators TO dinh_rows;

-- Counted from the spine; can be counted again at any time.
CREATE TABLE indicators.figure (
  indicator text NOT NULL, -- pii: none
  unit text NOT NULL, -- pii: none
  day date NOT NULL, -- pii: none
  value bigint NOT NULL, -- pii: none
  PRIMARY KEY (indicator, unit, day)
);
CREATE TABLE indicators.reading (
  one bool PRIMARY KEY DEFAULT true CHECK (one), -- pii: none
  position bigint NOT NULL, -- pii: none
  read_at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT, UPDATE, DELETE ON indicators.figure, indicators.reading TO dinh_rows;

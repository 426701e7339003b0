-- kind: expand
-- What was exchanged in each hour of the country's clock, counted from the calls: first when the hour is over, for the operator, and once more, finally,
-- when it is published, with all that came late. `durations` are calls by how long they took, in the classes of the code (`statistics/contracts.py`).
CREATE TABLE exchange.hourly (
  hour timestamptz NOT NULL, -- pii: none
  side text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  refusal text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  bytes_in bigint NOT NULL, -- pii: none
  bytes_out bigint NOT NULL, -- pii: none
  durations bigint[] NOT NULL, -- pii: none
  PRIMARY KEY (hour, side, client, provider, service, outcome, refusal)
);
GRANT SELECT, INSERT, DELETE ON exchange.hourly TO dinh_rows;

-- Hours that were counted, those without a call left out. A final one is never counted again.
CREATE TABLE exchange.counted (
  hour timestamptz PRIMARY KEY, -- pii: none
  final boolean NOT NULL, -- pii: none
  counted_at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON exchange.counted (hour) WHERE final;
GRANT SELECT, INSERT, UPDATE (final, counted_at) ON exchange.counted TO dinh_rows;

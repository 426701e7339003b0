-- kind: expand
-- Open statistics: what is left of a final hour without withheld members and small lines, and the sums of that by day. All names are empty in the line
-- that gathers small ones.
CREATE TABLE exchange.published (
  hour timestamptz NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  bytes_in bigint NOT NULL, -- pii: none
  bytes_out bigint NOT NULL, -- pii: none
  durations bigint[] NOT NULL, -- pii: none
  PRIMARY KEY (hour, client, provider, service, outcome)
);
GRANT SELECT, INSERT ON exchange.published TO dinh_rows;
CREATE TABLE exchange.published_day (
  day date NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  bytes_in bigint NOT NULL, -- pii: none
  bytes_out bigint NOT NULL, -- pii: none
  durations bigint[] NOT NULL, -- pii: none
  PRIMARY KEY (day, client, provider, service, outcome)
);
GRANT SELECT, INSERT, UPDATE (calls, bytes_in, bytes_out, durations) ON exchange.published_day TO dinh_rows;
-- What was final before there were these tables is counted finally once more.
UPDATE exchange.counted SET final = false;

-- kind: expand
-- What each client used of each service on a day of the country's calendar, counted at the provider's node in the transaction that keeps the evidence.
-- Rows are updated in every round, so pages have room for that.
CREATE TABLE exchange.meter (
  day date NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  client_subsystem text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  provider_subsystem text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  purpose text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  refused bigint NOT NULL, -- pii: none
  bytes_in bigint NOT NULL, -- pii: none
  bytes_out bigint NOT NULL, -- pii: none
  PRIMARY KEY (day, client, client_subsystem, provider, provider_subsystem, service, purpose)
);
ALTER TABLE exchange.meter SET (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE (calls, refused, bytes_in, bytes_out) ON exchange.meter TO dinh_rows;

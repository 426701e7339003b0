-- kind: expand
-- The verb of the request, for operational monitoring; empty for what was kept before.
ALTER TABLE exchange.call ADD COLUMN method text; -- pii: none
-- Monitoring reads in the order in which calls were kept.
CREATE INDEX ON exchange.call (response_out);

-- kind: expand
-- Calls of each ten seconds, counted from the calls when these are over, for the operator's page. `client` only where it was refused.
CREATE TABLE exchange.slice (
  at timestamptz NOT NULL, -- pii: none
  side text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  refusal text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  PRIMARY KEY (at, side, outcome, refusal, client)
);
GRANT SELECT, INSERT, DELETE ON exchange.slice TO dinh_rows;

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

-- At the registry's node: until when each node has told what it publishes; and what that is, by hour and by day. All names are empty in the line that
-- gathers small ones.
CREATE TABLE exchange.gathered (
  node text PRIMARY KEY, -- pii: none
  until timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT, UPDATE (until) ON exchange.gathered TO dinh_rows;
CREATE TABLE exchange.national (
  hour timestamptz NOT NULL, -- pii: none
  node text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  bytes_in bigint NOT NULL, -- pii: none
  bytes_out bigint NOT NULL, -- pii: none
  durations bigint[] NOT NULL, -- pii: none
  PRIMARY KEY (hour, node, client, provider, service, outcome)
);
GRANT SELECT, INSERT ON exchange.national TO dinh_rows;
CREATE TABLE exchange.national_day (
  day date NOT NULL, -- pii: none
  node text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  outcome text NOT NULL, -- pii: none
  calls bigint NOT NULL, -- pii: none
  bytes_in bigint NOT NULL, -- pii: none
  bytes_out bigint NOT NULL, -- pii: none
  durations bigint[] NOT NULL, -- pii: none
  PRIMARY KEY (day, node, client, provider, service, outcome)
);
GRANT SELECT, INSERT, UPDATE (calls, bytes_in, bytes_out, durations) ON exchange.national_day TO dinh_rows;

-- At the registry's node: what a joined node has asked for in place of a certificate that ends (PKCS #10, PEM), and the certificate that answers it.
CREATE TABLE exchange.renewal (
  node text NOT NULL, -- pii: none
  handle text NOT NULL, -- pii: none
  request text NOT NULL, -- pii: none
  asked_at timestamptz NOT NULL, -- pii: none
  certificate text, -- pii: none
  PRIMARY KEY (node, handle)
);
GRANT SELECT, INSERT, UPDATE (request, asked_at, certificate) ON exchange.renewal TO dinh_rows;

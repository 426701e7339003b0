-- kind: expand
-- What was exchanged, provable later. A batch is what one member signed at once: the leaves of its messages in order, from which each one's hash chain
-- is built again. `record` is the transaction that kept it, sealed by one event; `place` is its place there.
CREATE TABLE exchange.batch (
  id uuid NOT NULL, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  member text NOT NULL, -- pii: none
  leaves bytea NOT NULL, -- pii: none
  root bytea NOT NULL, -- pii: none
  signature bytea NOT NULL, -- pii: none
  record uuid NOT NULL, -- pii: none
  place smallint NOT NULL, -- pii: none
  PRIMARY KEY (id, made_at)
) PARTITION BY RANGE (made_at);
CREATE TABLE exchange.batch_rest PARTITION OF exchange.batch DEFAULT;
CREATE INDEX ON exchange.batch (record);
GRANT SELECT, INSERT ON exchange.batch TO dinh_rows;

-- One exchange on one side. Digests are SHA-512 of message and body: with them it can be verified after its content was erased.
CREATE TABLE exchange.call (
  id uuid NOT NULL, -- pii: none
  side text NOT NULL, -- pii: none
  kind text NOT NULL, -- pii: none
  message_id text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  purpose text NOT NULL, -- pii: none
  case_code text, -- pii: reference; basis: task of the agency; keep: 10 years
  status smallint NOT NULL, -- pii: none
  refusal text NOT NULL, -- pii: none
  request_in timestamptz NOT NULL, -- pii: none
  request_out timestamptz NOT NULL, -- pii: none
  response_in timestamptz NOT NULL, -- pii: none
  response_out timestamptz NOT NULL, -- pii: none
  request_size int NOT NULL, -- pii: none
  response_size int NOT NULL, -- pii: none
  request_batch uuid NOT NULL, -- pii: none
  request_place smallint NOT NULL, -- pii: none
  request_digests bytea NOT NULL, -- pii: none
  answer_batch uuid NOT NULL, -- pii: none
  answer_place smallint NOT NULL, -- pii: none
  answer_digests bytea NOT NULL, -- pii: none
  PRIMARY KEY (id, side, request_in)
) PARTITION BY RANGE (request_in);
CREATE TABLE exchange.call_rest PARTITION OF exchange.call DEFAULT;
CREATE INDEX ON exchange.call (message_id);
GRANT SELECT, INSERT ON exchange.call TO dinh_rows;

-- Start lines, headers and bodies, encrypted with the key of their month; they go before the evidence does.
CREATE TABLE exchange.content (
  call uuid NOT NULL, -- pii: none
  side text NOT NULL, -- pii: none
  month date NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  sealed bytea NOT NULL, -- pii: encrypted; basis: task of the agency; keep: 1 year
  PRIMARY KEY (call, side, month)
);
GRANT SELECT, INSERT, DELETE ON exchange.content TO dinh_rows;

CREATE INDEX ON exchange.content (month);

-- The months that content is kept of: what retention looks at. `key` is that of the month.
CREATE TABLE exchange.month (
  id uuid PRIMARY KEY, -- pii: none
  month date NOT NULL UNIQUE, -- pii: none
  disposed_at timestamptz -- pii: none
);
GRANT SELECT, INSERT, UPDATE (disposed_at) ON exchange.month TO dinh_rows;

-- Questions taken in: an id is answered once. Kept for as long as a question is fresh.
CREATE TABLE exchange.taken (
  id uuid PRIMARY KEY, -- pii: none
  at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON exchange.taken (at);
GRANT SELECT, INSERT, DELETE ON exchange.taken TO dinh_rows;

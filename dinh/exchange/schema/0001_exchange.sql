CREATE SCHEMA exchange;
GRANT USAGE ON SCHEMA exchange TO dinh_rows;

-- What was exchanged, provable later: hashes of both messages with the signatures of both members.
CREATE TABLE exchange.evidence (
  message uuid NOT NULL, -- pii: none
  side text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  provider text NOT NULL, -- pii: none
  purpose text NOT NULL, -- pii: none
  case_code text, -- pii: reference; basis: task of the agency; keep: 10 years
  request_hash bytea NOT NULL, -- pii: none
  request_signature bytea NOT NULL, -- pii: none
  answer_hash bytea NOT NULL, -- pii: none
  answer_signature bytea NOT NULL, -- pii: none
  algorithm text NOT NULL, -- pii: none
  recorded_at timestamptz NOT NULL, -- pii: none
  PRIMARY KEY (message, side)
);
GRANT SELECT, INSERT ON exchange.evidence TO dinh_rows;

-- Told messages taken in: the idempotency key of at-least-once delivery.
CREATE TABLE exchange.inbox (
  message uuid PRIMARY KEY, -- pii: none
  service text NOT NULL, -- pii: none
  sender text NOT NULL, -- pii: none
  taken_at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON exchange.inbox TO dinh_rows;

-- Messages to deliver. The body is encrypted, and goes once it has arrived.
CREATE TABLE exchange.outbox (
  id uuid PRIMARY KEY, -- pii: none
  service text NOT NULL, -- pii: none
  sender text NOT NULL, -- pii: none
  receiver text NOT NULL, -- pii: none
  purpose text NOT NULL, -- pii: none
  case_code text, -- pii: reference; basis: task of the agency; keep: 10 years
  person text, -- pii: reference; basis: task of the agency; keep: 10 years
  post text, -- pii: none
  assurance smallint NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  body bytea, -- pii: encrypted; basis: task of the agency; keep: until delivered
  told_at timestamptz NOT NULL, -- pii: none
  next_try_at timestamptz NOT NULL, -- pii: none
  attempts int NOT NULL DEFAULT 0, -- pii: none
  refusal text, -- pii: none
  delivered_at timestamptz -- pii: none
);
CREATE INDEX ON exchange.outbox (next_try_at) WHERE delivered_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON exchange.outbox TO dinh_rows;

-- The citizen's log.
CREATE TABLE exchange.access (
  id uuid NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: right of access; keep: 10 years
  at timestamptz NOT NULL, -- pii: none
  agency text NOT NULL, -- pii: none
  post text, -- pii: none
  purpose text NOT NULL, -- pii: none
  legal_basis text NOT NULL, -- pii: none
  what text NOT NULL, -- pii: none
  case_code text, -- pii: reference; basis: right of access; keep: 10 years
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE exchange.access_rest PARTITION OF exchange.access DEFAULT;
CREATE INDEX ON exchange.access (person, at);
ALTER TABLE exchange.access ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_log ON exchange.access FOR SELECT TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY anyone_adds ON exchange.access FOR INSERT TO dinh_app WITH CHECK (true);
CREATE POLICY platform ON exchange.access TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON exchange.access TO dinh_rows;

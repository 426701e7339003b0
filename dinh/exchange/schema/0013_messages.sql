-- kind: expand
-- What became of a told message. `message_id` is its X-Road-Id. With a `digest`, a keyed hash that tells a repeated message from another one with the same
-- id, it is a letter: its body is request line, headers and body as a member's own system said them, or is told them. A moment is set by a receipt of the
-- receiver (`receipt` is the X-Road-Id of the message that carried the last one), `dead_at` by time, `given_up_at` by an operator, who may also revive it.
ALTER TABLE exchange.outbox ADD COLUMN message_id text; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN sender_subsystem text; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN receiver_subsystem text; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN digest bytea; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN topic text; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN receipt text; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN processed_at timestamptz; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN refused_at timestamptz; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN dead_at timestamptz; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN revived_at timestamptz; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN given_up_at timestamptz; -- pii: none
ALTER TABLE exchange.outbox ADD COLUMN given_up text; -- pii: none
UPDATE exchange.outbox SET processed_at = delivered_at WHERE delivered_at IS NOT NULL;
CREATE UNIQUE INDEX outbox_message ON exchange.outbox (sender, coalesce(sender_subsystem, ''), message_id);
-- Those of a case in their order, for as long as anybody waits for them. What is dead or given up has its next try in infinity, so `next_try_at` still finds what is due.
CREATE INDEX outbox_line ON exchange.outbox (case_code, receiver, told_at, id) WHERE processed_at IS NULL AND given_up_at IS NULL;
CREATE INDEX outbox_age ON exchange.outbox (coalesce(revived_at, told_at)) WHERE processed_at IS NULL AND refused_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_dead ON exchange.outbox (told_at, id) WHERE (refused_at IS NOT NULL OR dead_at IS NOT NULL) AND given_up_at IS NULL AND processed_at IS NULL;

-- Told messages that wait for a provider's own system, on its node. What it took or refused keeps its row: a message told again gets the same answer.
CREATE TABLE exchange.handover (
  message uuid PRIMARY KEY, -- pii: none
  message_id text NOT NULL, -- pii: none
  service text NOT NULL, -- pii: none
  sender text NOT NULL, -- pii: none
  sender_subsystem text, -- pii: none
  receiver text NOT NULL, -- pii: none
  receiver_subsystem text, -- pii: none
  purpose text NOT NULL, -- pii: none
  case_code text, -- pii: reference; basis: task of the agency; keep: 10 years
  sent_at timestamptz NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  content bytea, -- pii: encrypted; basis: task of the agency; keep: until the system took or refused it
  arrived_at timestamptz NOT NULL, -- pii: none
  next_try_at timestamptz NOT NULL, -- pii: none
  attempts int NOT NULL DEFAULT 0, -- pii: none
  refusal text, -- pii: none
  processed_at timestamptz, -- pii: none
  refused_at timestamptz -- pii: none
);
CREATE INDEX ON exchange.handover (next_try_at) WHERE processed_at IS NULL AND refused_at IS NULL;
CREATE INDEX ON exchange.handover (sender, case_code, arrived_at, message) WHERE processed_at IS NULL AND refused_at IS NULL;
CREATE INDEX ON exchange.handover (message_id);
ALTER TABLE exchange.outbox ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE exchange.handover ALTER COLUMN content SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE ON exchange.handover TO dinh_rows;

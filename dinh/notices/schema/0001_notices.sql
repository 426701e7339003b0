CREATE SCHEMA notices;
GRANT USAGE ON SCHEMA notices TO dinh_rows;

-- What a person is told in the application. `kind` is a notice that the country declares, `facts` the fields of the event that its words show.
CREATE TABLE notices.notice (
  id uuid PRIMARY KEY, -- pii: none
  event uuid NOT NULL UNIQUE, -- pii: none
  position bigint NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: as the kind of notice declares
  kind text NOT NULL, -- pii: none
  urgency text NOT NULL CHECK (urgency IN ('low', 'normal', 'high')), -- pii: none
  case_code text, -- pii: reference; basis: task of the agency; keep: as the kind of notice declares
  facts jsonb NOT NULL, -- pii: reference; basis: task of the agency; keep: as the kind of notice declares
  occurred_at timestamptz NOT NULL, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  read_at timestamptz, -- pii: none
  keep_until timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON notices.notice (person, id);
CREATE INDEX unread ON notices.notice (person) WHERE read_at IS NULL AND urgency <> 'low';
CREATE INDEX ON notices.notice (keep_until);

-- An address that its person has confirmed. `sealed` holds the address and the secret of its unsubscribe link.
CREATE TABLE notices.contact (
  id uuid PRIMARY KEY, -- pii: none
  person text NOT NULL, -- pii: reference; basis: request of the person; keep: until removed
  channel text NOT NULL CHECK (channel IN ('email', 'sms')), -- pii: none
  key uuid NOT NULL, -- pii: none
  sealed bytea NOT NULL, -- pii: encrypted; basis: request of the person; keep: until removed
  leave_hash bytea NOT NULL UNIQUE, -- pii: none
  language text NOT NULL, -- pii: none
  wanted bool NOT NULL, -- pii: none
  confirmed_at timestamptz NOT NULL, -- pii: none
  bounced_at timestamptz, -- pii: none
  UNIQUE (person, channel)
);

-- An address that waits for its code. Wrong codes are counted; the code itself is kept as a keyed hash.
CREATE TABLE notices.proposal (
  id uuid NOT NULL UNIQUE, -- pii: none
  person text NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  channel text NOT NULL CHECK (channel IN ('email', 'sms')), -- pii: none
  key uuid NOT NULL, -- pii: none
  sealed bytea NOT NULL, -- pii: encrypted; basis: request of the person; keep: 1 day
  language text NOT NULL, -- pii: none
  code_hash bytea NOT NULL, -- pii: none
  attempts smallint NOT NULL DEFAULT 0, -- pii: none
  expires_at timestamptz NOT NULL, -- pii: none
  bounced_at timestamptz, -- pii: none
  PRIMARY KEY (person, channel)
);

-- Codes that were asked for, by keyed hashes of the person and of the address: so nobody can be flooded with them.
CREATE TABLE notices.asked (
  hash bytea NOT NULL, -- pii: none
  asked_at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON notices.asked (hash, asked_at);

-- What leaves by e-mail and SMS: a notice, or a code (sealed until it is sent). `contact` is the contact or the proposal that it goes to.
CREATE TABLE notices.delivery (
  id uuid PRIMARY KEY, -- pii: none
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: 90 days
  channel text NOT NULL CHECK (channel IN ('email', 'sms')), -- pii: none
  contact uuid NOT NULL, -- pii: none
  notice uuid, -- pii: none
  key uuid, -- pii: none
  sealed bytea, -- pii: encrypted; basis: request of the person; keep: until sent
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given_up', 'cancelled')), -- pii: none
  attempts int NOT NULL DEFAULT 0, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  next_try_at timestamptz NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL, -- pii: none
  ended_at timestamptz, -- pii: none
  fault text, -- pii: none
  reference text, -- pii: none
  UNIQUE (notice, channel)
);
CREATE INDEX ON notices.delivery (next_try_at) WHERE state = 'waiting';
CREATE INDEX ON notices.delivery (contact) WHERE state = 'waiting';

ALTER TABLE notices.notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices.contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices.proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices.delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notices.notice TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY own ON notices.contact TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY own ON notices.proposal TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY own ON notices.delivery TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY platform ON notices.notice TO dinh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON notices.contact TO dinh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON notices.proposal TO dinh_system USING (true) WITH CHECK (true);
CREATE POLICY platform ON notices.delivery TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA notices TO dinh_rows;

-- The number in the header, in one statement without a transaction. It stops counting at 100 and tells nothing but a number.
CREATE FUNCTION notices.unread(reader text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT count(*) FROM (SELECT 1 FROM notices.notice WHERE person = reader AND read_at IS NULL AND urgency <> 'low' LIMIT 100) counted
$$;
REVOKE ALL ON FUNCTION notices.unread FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notices.unread TO dinh_rows;

-- kind: expand
-- What a person agreed to: one use of one service by one member, for one purpose, until a day. Nothing but its end is written afterwards.
CREATE TABLE exchange.consent (
  id uuid PRIMARY KEY, -- pii: none
  person text NOT NULL, -- pii: reference; basis: consent of the person; keep: 5 years after its end
  service text NOT NULL, -- pii: none
  client text NOT NULL, -- pii: none
  purpose text NOT NULL, -- pii: none
  given_at timestamptz NOT NULL, -- pii: none
  ends_on date NOT NULL, -- pii: none
  withdrawn_at timestamptz -- pii: none
);
CREATE UNIQUE INDEX standing_consent ON exchange.consent (person, service, client, purpose) WHERE withdrawn_at IS NULL;
ALTER TABLE exchange.consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON exchange.consent TO dinh_app
  USING (person = current_setting('dinh.person', true)) WITH CHECK (person = current_setting('dinh.person', true));
CREATE POLICY platform ON exchange.consent TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON exchange.consent TO dinh_rows;

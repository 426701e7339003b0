-- kind: expand
-- A result may take the place of an earlier one of the same agency.
ALTER TABLE vault.document ADD COLUMN replaces text; -- pii: reference; basis: task of the agency; keep: permanent
ALTER TABLE vault.document ADD COLUMN superseded_by uuid; -- pii: reference; basis: task of the agency; keep: permanent
ALTER TABLE vault.document ADD COLUMN superseded_at timestamptz; -- pii: none
CREATE INDEX ON vault.document (replaces) WHERE replaces IS NOT NULL;

-- A second way to a document's public check: the code on its verification sheet.
CREATE TABLE vault.link (
  token_hash bytea PRIMARY KEY, -- pii: none
  document uuid NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  person text NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  made_at timestamptz NOT NULL -- pii: none
);
ALTER TABLE vault.link ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON vault.link TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY platform ON vault.link TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON vault.link TO dinh_rows;

-- A document lent by its person: for whom and why, until when, how often. `words` holds what the person typed.
CREATE TABLE vault.share (
  id uuid PRIMARY KEY, -- pii: none
  document uuid NOT NULL, -- pii: reference; basis: the person's wish; keep: 5 years
  person text NOT NULL, -- pii: reference; basis: the person's wish; keep: 5 years
  purpose text NOT NULL, -- pii: none
  key uuid NOT NULL, -- pii: none
  words bytea NOT NULL, -- pii: encrypted; basis: the person's wish; keep: 5 years
  token_hash bytea NOT NULL UNIQUE, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  until timestamptz NOT NULL, -- pii: none
  views int, -- pii: none
  used int NOT NULL DEFAULT 0, -- pii: none
  revoked_at timestamptz -- pii: none
);
CREATE INDEX ON vault.share (person, made_at);
CREATE INDEX ON vault.share (document);
ALTER TABLE vault.share ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON vault.share TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY platform ON vault.share TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON vault.share TO dinh_rows;

-- Who opened a document. `device` is a keyed hash: it tells two readers apart, and names neither.
CREATE TABLE vault.opening (
  id uuid PRIMARY KEY, -- pii: none
  document uuid NOT NULL, -- pii: reference; basis: right of access; keep: 5 years
  person text NOT NULL, -- pii: reference; basis: right of access; keep: 5 years
  share uuid, -- pii: none
  at timestamptz NOT NULL, -- pii: none
  what text NOT NULL, -- pii: none
  reader text NOT NULL, -- pii: none
  device bytea NOT NULL -- pii: pseudonym; basis: right of access; keep: 5 years
);
CREATE INDEX ON vault.opening (document, at);
CREATE INDEX ON vault.opening (share, at) WHERE share IS NOT NULL;
ALTER TABLE vault.opening ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON vault.opening TO dinh_app USING (person = current_setting('dinh.person', true));
CREATE POLICY platform ON vault.opening TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON vault.opening TO dinh_rows;

-- kind: expand
-- Orders under which entries of the citizen's log are shown later. One order is one embargo on this node; it always has an end.
CREATE TABLE exchange.embargo (
  id uuid PRIMARY KEY, -- pii: none
  authority text NOT NULL, -- pii: none
  number text NOT NULL, -- pii: none
  reason text NOT NULL, -- pii: none
  opened_at timestamptz NOT NULL, -- pii: none
  until timestamptz NOT NULL -- pii: none
);
ALTER TABLE exchange.embargo ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON exchange.embargo TO dinh_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (until) ON exchange.embargo TO dinh_rows;

-- How much of an entry its person sees; what was written before was shown whole. `person` is a reference, or `number:` and a keyed hash of the number.
ALTER TABLE exchange.access ADD COLUMN shown text NOT NULL DEFAULT 'full'; -- pii: none
ALTER TABLE exchange.access ADD COLUMN actor text; -- pii: reference; basis: right of access; keep: 10 years
ALTER TABLE exchange.access ADD COLUMN message uuid; -- pii: none
ALTER TABLE exchange.access ADD COLUMN embargo uuid; -- pii: none
ALTER TABLE exchange.access ADD COLUMN nonce bytea; -- pii: none

-- What a person reads by themselves never holds what is withheld: the log itself is read by the platform, which knows when an embargo ends.
ALTER POLICY own_log ON exchange.access USING (person = current_setting('dinh.person', true) AND embargo IS NULL AND shown = 'full');
-- Whether there is any entry by number here.
CREATE INDEX access_by_number ON exchange.access (at) WHERE person LIKE 'number:%';

-- Entries whose persons are told of them once their embargo has ended.
CREATE TABLE exchange.later (
  entry uuid PRIMARY KEY, -- pii: none
  embargo uuid NOT NULL -- pii: none
);
CREATE INDEX ON exchange.later (embargo);
GRANT SELECT, INSERT, DELETE ON exchange.later TO dinh_rows;
ALTER TABLE exchange.later ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON exchange.later TO dinh_system USING (true) WITH CHECK (true);

-- On the portal's node: who has something new in their log and was not told yet, and on which day they were told last.
CREATE TABLE exchange.news (
  person text PRIMARY KEY, -- pii: reference; basis: right of access; keep: while the account is open
  waiting boolean NOT NULL, -- pii: none
  told_on date -- pii: none
);
CREATE INDEX ON exchange.news (person) WHERE waiting;
GRANT SELECT, INSERT, UPDATE ON exchange.news TO dinh_rows;
ALTER TABLE exchange.news ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform ON exchange.news TO dinh_system USING (true) WITH CHECK (true);

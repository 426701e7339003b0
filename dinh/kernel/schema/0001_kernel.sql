-- The kernel: the spine of events with its seal, data keys, files, readers' positions.
GRANT USAGE ON SCHEMA kernel TO dinh_rows;

-- The spine. Only ever inserted into. `transaction` decides when the sealer may number the row.
CREATE TABLE kernel.event (
  id uuid NOT NULL, -- pii: none
  node text NOT NULL, -- pii: none
  type text NOT NULL, -- pii: none
  version smallint NOT NULL, -- pii: none
  occurred_at timestamptz NOT NULL, -- pii: none
  recorded_at timestamptz NOT NULL, -- pii: none
  local_date date NOT NULL, -- pii: none
  actor text, -- pii: reference; basis: task of the agency; keep: permanent
  post text, -- pii: none
  on_behalf_of text, -- pii: reference; basis: task of the agency; keep: permanent
  subject text NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  case_code text, -- pii: reference; basis: task of the agency; keep: permanent
  legal_basis text, -- pii: none
  trace text, -- pii: none
  payload bytea NOT NULL, -- pii: reference; basis: task of the agency; keep: permanent
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(), -- pii: none
  PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE kernel.event_rest PARTITION OF kernel.event DEFAULT;
CREATE INDEX ON kernel.event (transaction);
CREATE INDEX ON kernel.event (subject, recorded_at);
-- Not `transaction`: nobody but the database says when an event was written.
GRANT SELECT, INSERT (id, node, type, version, occurred_at, recorded_at, local_date, actor, post, on_behalf_of, subject, case_code, legal_basis,
  trace, payload) ON kernel.event TO dinh_rows;

-- Numbers and leaves, given by the sealer after commit.
CREATE TABLE kernel.seal (
  position bigint PRIMARY KEY, -- pii: none
  event uuid NOT NULL UNIQUE, -- pii: none
  leaf bytea NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON kernel.seal TO dinh_rows;

-- Signed heads of the Merkle tree; the newest carries the frontier that the next one grows from.
CREATE TABLE kernel.head (
  size bigint PRIMARY KEY, -- pii: none
  epoch int NOT NULL, -- pii: none
  root bytea NOT NULL, -- pii: none
  frontier bytea NOT NULL, -- pii: none
  signed_at timestamptz NOT NULL, -- pii: none
  algorithm text NOT NULL, -- pii: none
  signature bytea NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON kernel.head TO dinh_rows;

-- One row: transactions below `watermark` are sealed. A restore opens a new epoch, because numbers start anew there.
CREATE TABLE kernel.sealer (
  one bool PRIMARY KEY DEFAULT true CHECK (one), -- pii: none
  epoch int NOT NULL, -- pii: none
  watermark xid8 NOT NULL -- pii: none
);
INSERT INTO kernel.sealer (epoch, watermark) VALUES (1, '0');
GRANT SELECT, UPDATE ON kernel.sealer TO dinh_rows;

-- Keys that content is encrypted with, wrapped by the node's own key. To destroy a key is to erase its content.
CREATE TABLE kernel.data_key (
  id uuid PRIMARY KEY, -- pii: none
  scope text NOT NULL UNIQUE, -- pii: reference; basis: task of the agency; keep: with the case
  wrapped bytea, -- pii: none
  created_at timestamptz NOT NULL, -- pii: none
  destroyed_at timestamptz, -- pii: none
  reason text -- pii: none
);
GRANT SELECT, INSERT, UPDATE ON kernel.data_key TO dinh_rows;

-- Files: encrypted content lies on disk under its id.
CREATE TABLE kernel.file (
  id uuid PRIMARY KEY, -- pii: none
  key uuid NOT NULL, -- pii: none
  media_type text NOT NULL, -- pii: none
  bytes bigint NOT NULL, -- pii: none
  sha256 bytea NOT NULL, -- pii: none
  stored_at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT, DELETE ON kernel.file TO dinh_rows;

-- How far each reader of the spine has come, in sealed order.
CREATE TABLE kernel.reader (
  name text PRIMARY KEY, -- pii: none
  position bigint NOT NULL -- pii: none
);
GRANT SELECT, INSERT, UPDATE ON kernel.reader TO dinh_rows;

-- Partitions by year, made ahead by the owner at every start.
CREATE FUNCTION kernel.ensure_years(parent regclass, first int, last int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  year int;
  name text;
BEGIN
  FOR year IN first..last LOOP
    name := parent::text || '_' || year;
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', name, parent,
        make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'), make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC'));
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION kernel.ensure_years FROM PUBLIC;

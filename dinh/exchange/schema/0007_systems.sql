-- kind: expand
-- Information systems of this node's members. Of a key only its hash is kept.
CREATE TABLE exchange.system (
  id uuid PRIMARY KEY, -- pii: none
  subsystem text NOT NULL, -- pii: none
  connection text NOT NULL, -- pii: none
  digest bytea, -- pii: none
  admitted_at timestamptz NOT NULL, -- pii: none
  dismissed_at timestamptz, -- pii: none
  CHECK ((connection = 'key') = (digest IS NOT NULL))
);
CREATE INDEX ON exchange.system (subsystem) WHERE dismissed_at IS NULL;
GRANT SELECT, INSERT, UPDATE (dismissed_at) ON exchange.system TO dinh_rows;

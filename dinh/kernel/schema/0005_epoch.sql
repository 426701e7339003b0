-- kind: expand
-- Where a restored spine goes on: the tree that it was restored with, and the longest head that had been published as far as this node knew.
CREATE TABLE kernel.epoch (
  epoch int PRIMARY KEY, -- pii: none
  size bigint NOT NULL, -- pii: none
  root bytea NOT NULL, -- pii: none
  opened_at timestamptz NOT NULL, -- pii: none
  published_size bigint NOT NULL, -- pii: none
  published_root bytea NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON kernel.epoch TO dinh_rows;

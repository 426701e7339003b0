-- kind: expand
-- Roots of complete subtrees of 256 leaves (band 1), of 256 of those (band 2) and so on, so that a proof reads few rows of a long spine.
-- The sealer adds them, also those of a spine that was there before.
CREATE TABLE kernel.subtree (
  band smallint NOT NULL, -- pii: none
  number bigint NOT NULL, -- pii: none
  root bytea NOT NULL, -- pii: none
  PRIMARY KEY (band, number)
);
GRANT SELECT, INSERT ON kernel.subtree TO dinh_rows;

-- kind: expand
-- Heads of other nodes' spines, as they showed them: each proved to go on from the one before. Never changed; who shows something else is refused.
-- `witnessed_at` is when the witness had seen a head that this one goes on from, as its countersignature says.
CREATE TABLE exchange.seen_head (
  node text NOT NULL, -- pii: none
  epoch int NOT NULL, -- pii: none
  size bigint NOT NULL, -- pii: none
  root bytea NOT NULL, -- pii: none
  signed_at timestamptz NOT NULL, -- pii: none
  algorithm text NOT NULL, -- pii: none
  signature bytea NOT NULL, -- pii: none
  certificate bytea NOT NULL, -- pii: none
  seen_at timestamptz NOT NULL, -- pii: none
  witnessed_at timestamptz, -- pii: none
  PRIMARY KEY (node, epoch, size)
);
CREATE INDEX ON exchange.seen_head (node, size);
GRANT SELECT, INSERT ON exchange.seen_head TO dinh_rows;

-- Epochs that other nodes opened when they were restored. `lost` is how many events of the longest head seen are not in the tree they went on from.
CREATE TABLE exchange.seen_opening (
  node text NOT NULL, -- pii: none
  epoch int NOT NULL, -- pii: none
  size bigint NOT NULL, -- pii: none
  root bytea NOT NULL, -- pii: none
  opened_at timestamptz NOT NULL, -- pii: none
  published_size bigint NOT NULL, -- pii: none
  published_root bytea NOT NULL, -- pii: none
  algorithm text NOT NULL, -- pii: none
  signature bytea NOT NULL, -- pii: none
  certificate bytea NOT NULL, -- pii: none
  lost bigint NOT NULL, -- pii: none
  seen_at timestamptz NOT NULL, -- pii: none
  PRIMARY KEY (node, epoch)
);
GRANT SELECT, INSERT ON exchange.seen_opening TO dinh_rows;

-- The certificates that these signatures are judged by, by their SHA-256.
CREATE TABLE exchange.head_certificate (
  fingerprint bytea PRIMARY KEY, -- pii: none
  der bytea NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON exchange.head_certificate TO dinh_rows;

-- What a node showed against a head that it had shown before: the first for each such head, with the whole letter. Both together are the proof.
CREATE TABLE exchange.contradiction (
  node text NOT NULL, -- pii: none
  held_epoch int NOT NULL, -- pii: none
  held_size bigint NOT NULL, -- pii: none
  reason text NOT NULL, -- pii: none
  letter bytea NOT NULL, -- pii: none
  found_at timestamptz NOT NULL, -- pii: none
  PRIMARY KEY (node, held_epoch, held_size)
);
GRANT SELECT, INSERT ON exchange.contradiction TO dinh_rows;

-- To whom this node shows its heads: `owed` since exchanges were kept with it; the last head that it countersigned; since when it refuses what it is shown.
CREATE TABLE exchange.witness (
  node text PRIMARY KEY, -- pii: none
  owed bool NOT NULL, -- pii: none
  epoch int, -- pii: none
  size bigint, -- pii: none
  root bytea, -- pii: none
  countersignature bytea, -- pii: none
  at timestamptz, -- pii: none
  disputed_at timestamptz -- pii: none
);
GRANT SELECT, INSERT, UPDATE ON exchange.witness TO dinh_rows;

-- One row: up to when counterparties were looked for.
CREATE TABLE exchange.witness_round (
  one bool PRIMARY KEY DEFAULT true CHECK (one), -- pii: none
  at timestamptz NOT NULL -- pii: none
);
INSERT INTO exchange.witness_round (at) VALUES (now());
GRANT SELECT, UPDATE ON exchange.witness_round TO dinh_rows;

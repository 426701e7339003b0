-- kind: expand
-- Whose configuration this node believes. Given to it when it is set up, and never changed.
CREATE TABLE exchange.anchor (
  instance text PRIMARY KEY, -- pii: none
  key jsonb NOT NULL, -- pii: none
  since timestamptz NOT NULL -- pii: none
);
CREATE UNIQUE INDEX one_anchor ON exchange.anchor ((true));
GRANT SELECT, INSERT ON exchange.anchor TO dinh_rows;

-- Documents that the registry signed, as they came: the configuration and the list of revocations.
CREATE TABLE exchange.held (
  kind text NOT NULL, -- pii: none
  version int NOT NULL, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  until timestamptz NOT NULL, -- pii: none
  checked_at timestamptz NOT NULL, -- pii: none
  document text NOT NULL, -- pii: none
  PRIMARY KEY (kind, version)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON exchange.held TO dinh_rows;

-- Times in which the node worked on without a part of what it needs, such as a fresh list of revocations.
CREATE TABLE exchange.gap (
  part text NOT NULL, -- pii: none
  opened_at timestamptz NOT NULL, -- pii: none
  closed_at timestamptz -- pii: none
);
CREATE UNIQUE INDEX open_gap ON exchange.gap (part) WHERE closed_at IS NULL;
GRANT SELECT, INSERT, UPDATE (closed_at) ON exchange.gap TO dinh_rows;

-- On the registry's node: what is registered beside the country's files. A version is added or ended, never changed.
CREATE TABLE exchange.registration (
  kind text NOT NULL, -- pii: none
  key text NOT NULL, -- pii: none
  version int NOT NULL, -- pii: none
  entry jsonb NOT NULL, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  made_by text NOT NULL, -- pii: reference; basis: task of the agency; keep: 10 years
  ended_at timestamptz, -- pii: none
  ended_by text, -- pii: reference; basis: task of the agency; keep: 10 years
  PRIMARY KEY (kind, key, version)
);
CREATE UNIQUE INDEX standing_registration ON exchange.registration (kind, key) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON exchange.registration TO dinh_rows;

-- On the registry's node: OpenAPI documents by their SHA-256.
CREATE TABLE exchange.openapi (
  digest text PRIMARY KEY, -- pii: none
  document text NOT NULL, -- pii: none
  kept_at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON exchange.openapi TO dinh_rows;

-- On the registry's node: what it published. `digest` is of the content alone, without version and times.
CREATE TABLE exchange.publication (
  kind text NOT NULL, -- pii: none
  version int NOT NULL, -- pii: none
  digest text NOT NULL, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  document text NOT NULL, -- pii: none
  PRIMARY KEY (kind, version)
);
GRANT SELECT, INSERT, UPDATE (made_at, document) ON exchange.publication TO dinh_rows;

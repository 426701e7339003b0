-- kind: expand
-- Batches whose signature has no timestamp yet, on whichever side they are kept. The trigger sees them whatever release writes them.
CREATE TABLE exchange.unstamped (
  batch uuid PRIMARY KEY, -- pii: none
  made_at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON exchange.unstamped (made_at);
GRANT SELECT, INSERT, DELETE ON exchange.unstamped TO dinh_rows;
INSERT INTO exchange.unstamped (batch, made_at) SELECT id, made_at FROM exchange.batch;
CREATE FUNCTION exchange.await_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  INSERT INTO exchange.unstamped (batch, made_at) VALUES (NEW.id, NEW.made_at);
  RETURN NULL;
END $$;
CREATE TRIGGER await_stamp AFTER INSERT ON exchange.batch FOR EACH ROW EXECUTE FUNCTION exchange.await_stamp();

-- What a responder said about a signer's certificate (RFC 6960), with the certificate: both stand in the signature's XML for as long as evidence is kept.
CREATE TABLE exchange.standing (
  id uuid PRIMARY KEY, -- pii: none
  fingerprint bytea NOT NULL, -- pii: none
  certificate bytea NOT NULL, -- pii: none
  response bytea NOT NULL, -- pii: none
  until timestamptz NOT NULL, -- pii: none
  kept_at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON exchange.standing (fingerprint, kept_at);
GRANT SELECT, INSERT ON exchange.standing TO dinh_rows;

-- One timestamp (RFC 3161) over the hash tree of many signatures. `leaves` in order, 64 bytes each; `stamped` says which place is whose.
CREATE TABLE exchange.stamp (
  id uuid PRIMARY KEY, -- pii: none
  at timestamptz NOT NULL, -- pii: none
  tsa text NOT NULL, -- pii: none
  token bytea NOT NULL, -- pii: none
  leaves bytea NOT NULL, -- pii: none
  kept_at timestamptz NOT NULL -- pii: none
);
GRANT SELECT, INSERT ON exchange.stamp TO dinh_rows;
CREATE TABLE exchange.stamped (
  batch uuid NOT NULL, -- pii: none
  made_at timestamptz NOT NULL, -- pii: none
  stamp uuid NOT NULL, -- pii: none
  place int NOT NULL, -- pii: none
  standing uuid NOT NULL, -- pii: none
  PRIMARY KEY (batch, made_at)
) PARTITION BY RANGE (made_at);
CREATE TABLE exchange.stamped_rest PARTITION OF exchange.stamped DEFAULT;
GRANT SELECT, INSERT ON exchange.stamped TO dinh_rows;

-- Whose systems an exchange was between, so that another system of the same member is not given its evidence. None: the platform's own subsystem.
ALTER TABLE exchange.call ADD COLUMN client_subsystem text; -- pii: none
ALTER TABLE exchange.call ADD COLUMN provider_subsystem text; -- pii: none

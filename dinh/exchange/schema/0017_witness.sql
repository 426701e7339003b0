-- kind: expand
-- What a node showed against a head that it had shown before: the whole letter, kept beside that head. Both together are the proof, and neither ever goes.
-- Open until someone settles it with a reason (`settled` is `operator`) or the node opens a newer epoch (`epoch`); settled once, the same head opens none
-- again, another one does. Of those that `contradiction` kept it is not written down what was shown. `contradiction` is no longer written.
CREATE TABLE exchange.conflict (
  id uuid PRIMARY KEY, -- pii: none
  node text NOT NULL, -- pii: none
  held_epoch int NOT NULL, -- pii: none
  held_size bigint NOT NULL, -- pii: none
  reason text NOT NULL, -- pii: none
  letter bytea NOT NULL, -- pii: none
  shown_epoch int, -- pii: none
  shown_size bigint, -- pii: none
  shown_root bytea, -- pii: none
  found_at timestamptz NOT NULL, -- pii: none
  settled_at timestamptz, -- pii: none
  settled text, -- pii: none
  settled_by text, -- pii: reference; basis: task of the agency; keep: permanent
  why bytea -- pii: encrypted; basis: task of the agency; keep: permanent
);
CREATE UNIQUE INDEX ON exchange.conflict (node, held_epoch, held_size) WHERE settled_at IS NULL;
CREATE INDEX ON exchange.conflict (node, found_at);
GRANT SELECT, INSERT, UPDATE (settled_at, settled, settled_by, why) ON exchange.conflict TO dinh_rows;
INSERT INTO exchange.conflict (id, node, held_epoch, held_size, reason, letter, found_at)
  SELECT gen_random_uuid(), node, held_epoch, held_size, reason, letter, found_at FROM exchange.contradiction;
-- What the release before finds while it still runs.
CREATE FUNCTION exchange.take_contradiction() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  INSERT INTO exchange.conflict (id, node, held_epoch, held_size, reason, letter, found_at)
    VALUES (gen_random_uuid(), NEW.node, NEW.held_epoch, NEW.held_size, NEW.reason, NEW.letter, NEW.found_at) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER take_contradiction AFTER INSERT ON exchange.contradiction FOR EACH ROW EXECUTE FUNCTION exchange.take_contradiction();

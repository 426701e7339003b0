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

-- Whether a head says nothing that the next one of the same epoch and day (UTC) does not prove: that one was taken because it goes on from it. An epoch's
-- first head is not; neither is one that a contradiction is about, nor any of a node with a contradiction that is open.
CREATE FUNCTION exchange.redundant(h exchange.seen_head) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE following timestamptz;
BEGIN
  following := (SELECT n.seen_at FROM exchange.seen_head n WHERE n.node = h.node AND n.epoch = h.epoch AND n.size > h.size ORDER BY n.size LIMIT 1);
  RETURN following IS NOT NULL AND (following AT TIME ZONE 'UTC')::date = (h.seen_at AT TIME ZONE 'UTC')::date
    AND EXISTS (SELECT 1 FROM exchange.seen_head f WHERE f.node = h.node AND f.epoch = h.epoch AND f.size < h.size)
    AND NOT EXISTS (SELECT 1 FROM exchange.conflict c WHERE c.node = h.node AND (c.settled_at IS NULL OR (c.held_epoch, c.held_size) = (h.epoch, h.size)));
END $$;
-- The application may thin what it holds, and take away nothing else.
ALTER TABLE exchange.seen_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY anyone_reads ON exchange.seen_head FOR SELECT USING (true);
CREATE POLICY anyone_adds ON exchange.seen_head FOR INSERT WITH CHECK (true);
CREATE POLICY thinned ON exchange.seen_head FOR DELETE USING (exchange.redundant(seen_head));
GRANT DELETE ON exchange.seen_head TO dinh_rows;
CREATE INDEX ON exchange.seen_head (seen_at);

-- One row: up to when heads were thinned, and nothing was left because of a contradiction.
CREATE TABLE exchange.thinned (
  one bool PRIMARY KEY DEFAULT true CHECK (one), -- pii: none
  until timestamptz NOT NULL -- pii: none
);
INSERT INTO exchange.thinned (until) VALUES ('2026-01-01T00:00:00Z');
GRANT SELECT, UPDATE ON exchange.thinned TO dinh_rows;

-- A digest of the persons (as this node names them) in whose logs a told message stands: one that comes again and is about others stands in theirs, too.
ALTER TABLE exchange.handover ADD COLUMN whom bytea; -- pii: reference; basis: task of the agency; keep: 10 years

-- What the retention run takes of messages that have ended: to whom and what they referred. The row stays, with its names and its digest.
CREATE INDEX outbox_over ON exchange.outbox (coalesce(processed_at, given_up_at))
  WHERE case_code IS NOT NULL OR person IS NOT NULL OR on_behalf_of IS NOT NULL OR mandate IS NOT NULL OR body IS NOT NULL;
CREATE INDEX handover_over ON exchange.handover (coalesce(processed_at, refused_at))
  WHERE case_code IS NOT NULL OR content IS NOT NULL OR whom IS NOT NULL;
-- Entries of the citizen's log go as a whole, by the platform only (policy `platform`); that they were made stays in the spine.
CREATE INDEX access_over ON exchange.access USING brin (at) WITH (autosummarize = on);
GRANT DELETE ON exchange.access TO dinh_rows;

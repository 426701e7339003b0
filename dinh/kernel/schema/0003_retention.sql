-- kind: expand
-- The files of a key that was destroyed are found by it.
CREATE INDEX ON kernel.file (key);

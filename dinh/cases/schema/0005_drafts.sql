-- kind: expand
-- What was typed while a session had ended, for a quarter of an hour; and when its person was told that an old draft will go.
ALTER TABLE cases.application
  ADD COLUMN kept bytea, -- pii: encrypted; basis: request of the person; keep: 15 minutes
  ADD COLUMN kept_until timestamptz, -- pii: none
  ADD COLUMN aging_told_at timestamptz; -- pii: none
CREATE INDEX ON cases.application (updated_at) WHERE state = 'draft';

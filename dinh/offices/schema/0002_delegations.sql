-- kind: expand
-- Authority lent by one post to another, from a day until the day before another. Read at the moment of use.
CREATE TABLE offices.delegation (
  id uuid PRIMARY KEY, -- pii: none
  from_post text NOT NULL, -- pii: none
  to_post text NOT NULL, -- pii: none
  duty text NOT NULL, -- pii: none
  procedures text[] NOT NULL, -- pii: none
  since date NOT NULL, -- pii: none
  until date NOT NULL, -- pii: none
  ref text NOT NULL, -- pii: none
  given_at timestamptz NOT NULL, -- pii: none
  revoked_at timestamptz, -- pii: none
  CHECK (since < until)
);
CREATE INDEX ON offices.delegation (to_post) WHERE revoked_at IS NULL;
CREATE INDEX ON offices.delegation (from_post);
GRANT SELECT, INSERT, UPDATE ON offices.delegation TO dinh_rows;

CREATE SCHEMA offices;
GRANT USAGE ON SCHEMA offices TO dinh_rows;

CREATE TABLE offices.post (
  code text PRIMARY KEY, -- pii: none
  unit text NOT NULL, -- pii: none
  agency text NOT NULL, -- pii: none
  template text NOT NULL -- pii: none
);
CREATE INDEX ON offices.post (unit);

-- Who holds a post, by day. One holder at a time.
CREATE TABLE offices.holder (
  post text NOT NULL, -- pii: none
  person text NOT NULL, -- pii: reference; basis: employment by the agency; keep: permanent
  since date NOT NULL, -- pii: none
  until date, -- pii: none
  PRIMARY KEY (post, since, person)
);
CREATE UNIQUE INDEX ON offices.holder (post) WHERE until IS NULL;
CREATE INDEX ON offices.holder (person);
GRANT SELECT, INSERT, UPDATE ON offices.post, offices.holder TO dinh_rows;

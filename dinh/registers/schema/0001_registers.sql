CREATE SCHEMA registers;
GRANT USAGE ON SCHEMA registers TO dinh_rows;
-- The registers' own tables are made from countries/<code>/registers/*.yaml.

-- The last number given in each unit's book of a year.
CREATE TABLE registers.book (
  unit text NOT NULL, -- pii: none
  year int NOT NULL, -- pii: none
  last int NOT NULL, -- pii: none
  PRIMARY KEY (unit, year)
);
GRANT SELECT, INSERT, UPDATE ON registers.book TO dinh_rows;

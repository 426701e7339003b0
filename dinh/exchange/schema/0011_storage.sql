-- kind: expand
-- What is encrypted does not shrink: no compression is tried, and what fits a page stands in its row instead of beside it.
ALTER TABLE exchange.content ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE exchange.content SET (toast_tuple_target = 8160);

-- kind: expand
-- What the operator's page reads: which migrations were applied.
GRANT SELECT ON kernel.migration TO dinh_rows;

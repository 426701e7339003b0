-- kind: expand
-- Whether the person looked at their own data, such as to have a form filled in. Until now only a prefill was one's own.
ALTER TABLE exchange.access ADD COLUMN own boolean NOT NULL DEFAULT false; -- pii: none
UPDATE exchange.access SET own = true WHERE purpose = 'prefill';

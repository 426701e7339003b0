-- kind: expand
-- For whom the sender of a message acted, and under which mandate.
ALTER TABLE exchange.outbox ADD COLUMN on_behalf_of text; -- pii: reference; basis: task of the agency; keep: 10 years
ALTER TABLE exchange.outbox ADD COLUMN mandate text; -- pii: reference; basis: task of the agency; keep: 10 years

\set unit random(1, 100)
BEGIN READ ONLY; SET LOCAL ROLE dinh_system;
SELECT person, assurance, authenticated_at, idle_until FROM identity.session WHERE hash = sha256('none') AND expires_at > now() AND idle_until > now();
SELECT p.code, p.unit, p.agency, p.template, h.person, h.since FROM offices.holder h JOIN offices.post p ON p.code = h.post WHERE h.person = 'none';
COMMIT;
BEGIN; SET LOCAL dinh.units = 'floor';
INSERT INTO cases.counter AS k (unit, day, last) VALUES ('floor-' || :unit, current_date, 1) ON CONFLICT (unit, day) DO UPDATE SET last = k.last + 1 RETURNING last;
INSERT INTO kernel.data_key (id, scope, wrapped, created_at) VALUES (gen_random_uuid(), gen_random_uuid()::text, decode(repeat('00', 60), 'hex'), now());
WITH k AS (SELECT gen_random_uuid() AS id), c AS (
  INSERT INTO cases.case (id, code, application, procedure, version, unit, agency, channel, state, received_at, due_on, due_at, holder, key, content)
  SELECT id, id::text, id, '1', current_date, 'floor', 'floor', 'direct', 'processing', now(), current_date, now(), 'floor', id, decode(repeat('00', 900), 'hex') FROM k
), r AS (INSERT INTO cases.role (case_id, unit, person, role) SELECT id, 'floor', 'floor', 'applicant' FROM k)
INSERT INTO cases.clock (case_id, unit, started_at, counted_from, days, calendar, rule_ref, original_due_on, late_arrival)
SELECT id, 'floor', now(), current_date, 0, 'c', 'r', current_date, false FROM k;
INSERT INTO kernel.event (id, node, type, version, occurred_at, recorded_at, local_date, actor, post, subject, case_code, payload)
SELECT gen_random_uuid(), 'floor', 'floor', 1, now(), now(), current_date, 'a', 'p', 's', 'c', decode(repeat('00', 150), 'hex') FROM generate_series(1, 2);
INSERT INTO exchange.outbox (id, service, sender, receiver, purpose, assurance, key, body, told_at, next_try_at, delivered_at)
VALUES (gen_random_uuid(), 's', 's', 'r', 'p', 0, gen_random_uuid(), decode(repeat('00', 500), 'hex'), now(), now(), now());
INSERT INTO kernel.event (id, node, type, version, occurred_at, recorded_at, local_date, actor, post, subject, case_code, payload)
VALUES (gen_random_uuid(), 'floor', 'floor', 1, now(), now(), current_date, 'a', 'p', 's', 'c', decode(repeat('00', 100), 'hex'));
COMMIT;

-- A million cases on a desk's node, as they would lie there after two years: `place` and `word` are made by the benchmark before.
-- The first place is the busiest. Names are drawn by their weights, so that searching one meets as many cases as in life.
SELECT setseed(0.42);
SET synchronous_commit = off;
SET work_mem = '256MB';

CREATE TEMP TABLE made AS
WITH drawn AS (
  SELECT floor(:places * power(random(), 1.5))::int AS place, random() < 0.05 AS open, random() AS age, random() AS chance, random() AS kind
  FROM generate_series(1, :cases)
), dated AS (
  SELECT *, now() - CASE WHEN open THEN age * interval '14 days' ELSE interval '10 days' + age * interval '720 days' END AS received_at FROM drawn
)
SELECT row_number() OVER (ORDER BY d.place, d.received_at) AS i,
  row_number() OVER (PARTITION BY d.place, (d.received_at AT TIME ZONE :zone)::date ORDER BY d.received_at) AS number,
  CASE WHEN NOT d.open THEN 'returned' WHEN d.chance < 0.2 THEN 'submitted' WHEN d.chance < 0.8 THEN 'processing' ELSE 'supplement' END AS state,
  NOT d.open OR d.chance BETWEEN 0.2 AND 0.35 AS proposed, p.unit, p.agency, p.handler, p.decider, k.procedure, k.version, d.received_at, d.open,
  d.received_at + interval '3 days' + d.chance * interval '12 days' AS due_at
FROM dated d JOIN place p ON p.n = d.place JOIN kind k ON k.n = floor(d.kind * (SELECT count(*) FROM kind))::int;

CREATE FUNCTION pg_temp.uuid_of(kind text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$SELECT (lpad(to_hex(i), 12, '0') || '7000' || '8' || kind || lpad('', 12, '0'))::uuid$$;
CREATE FUNCTION pg_temp.code_of(agency text, received_at timestamptz, number bigint) RETURNS text LANGUAGE sql AS
$$SELECT agency || '-' || to_char(received_at AT TIME ZONE :zone, 'YYMMDD') || '-' || lpad(number::text, 4, '0')$$;

INSERT INTO cases.case (id, code, application, procedure, version, unit, agency, channel, state, received_at, due_on, due_at, settled_at, holder, key,
  content, paused_at)
SELECT pg_temp.uuid_of('001', i), pg_temp.code_of(agency, received_at, number), pg_temp.uuid_of('002', i), procedure, version, unit, agency, 'online', state,
  received_at, due_at::date, due_at, CASE WHEN NOT open THEN received_at + interval '2 days' END,
  CASE WHEN state = 'submitted' OR NOT open THEN NULL WHEN proposed THEN decider ELSE handler END, pg_temp.uuid_of('003', i),
  (SELECT string_agg(sha512((i || ':' || part)::bytea), ''::bytea) FROM generate_series(1, 14) part), CASE WHEN state = 'supplement' THEN received_at END
FROM made ORDER BY i;

INSERT INTO kernel.data_key (id, scope, wrapped, created_at)
SELECT pg_temp.uuid_of('003', i), 'case:' || pg_temp.uuid_of('001', i), substr(sha512(i::text::bytea), 1, 60), received_at FROM made ORDER BY i;
INSERT INTO cases.role (case_id, unit, person, role) SELECT pg_temp.uuid_of('001', i), unit, 'bench-' || (i * 7919) % 800000, 'applicant' FROM made ORDER BY i;
INSERT INTO cases.clock (case_id, unit, started_at, counted_from, days, calendar, rule_ref, original_due_on, late_arrival)
SELECT pg_temp.uuid_of('001', i), unit, received_at, received_at::date, 3, 'bench', 'bench', due_at::date, false FROM made ORDER BY i;
INSERT INTO cases.proposal (case_id, unit, person, post, outcome, note, proposed_at)
SELECT pg_temp.uuid_of('001', i), unit, 'bench', handler, 'approve', sha512(i::text::bytea), received_at + interval '1 day' FROM made WHERE proposed ORDER BY i;

-- Two names of three words and two numbers a case. The index is made once they lie there: entering millions of hashes one by one takes an hour.
DROP INDEX cases.mark_unit_mark_case_id_idx;
INSERT INTO cases.mark (case_id, unit, mark)
SELECT pg_temp.uuid_of('001', m.i), m.unit, w.mark
FROM made m CROSS JOIN (VALUES ('surname', 1), ('middle', 2), ('given', 3), ('surname', 4), ('middle', 5), ('given', 6)) AS part (kind, salt)
  JOIN word w ON w.kind = part.kind AND w.n = hashint8extended(m.i, part.salt) & 1023
ORDER BY m.i ON CONFLICT DO NOTHING;
INSERT INTO cases.mark (case_id, unit, mark)
SELECT pg_temp.uuid_of('001', i), unit, sha256((i || side)::bytea) FROM made, (VALUES ('a'), ('b')) AS sides (side) ORDER BY i;
CREATE INDEX mark_unit_mark_case_id_idx ON cases.mark (unit, mark, case_id);

-- What happened, as far as a page tells it. Written below every transaction: the sealer leaves it alone.
INSERT INTO kernel.event (id, node, type, version, occurred_at, recorded_at, local_date, actor, post, subject, case_code, payload, transaction)
SELECT pg_temp.uuid_of('01' || step, i), :node, 'cases:case:' || type, 1, at, at, at::date, 'bench', m.handler, code, code,
  convert_to(json_build_object('case', code, 'procedure', m.procedure, 'unit', m.unit, 'channel', 'online', 'due_on', m.due_at::date, 'to_post', m.decider,
    'outcome', 'approve')::text, 'UTF8'), '0'
FROM made m, LATERAL (SELECT pg_temp.code_of(m.agency, m.received_at, m.number) AS code) c,
  LATERAL (VALUES (1, 'received', true), (2, 'accepted', m.state <> 'submitted'), (3, 'proposed', m.proposed), (4, 'decided', NOT m.open),
    (5, 'settled', NOT m.open)) AS steps (step, type, there),
  LATERAL (SELECT m.received_at + step * interval '8 hours' AS at) moment
WHERE there ORDER BY i, step;

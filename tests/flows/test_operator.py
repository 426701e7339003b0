"""The operator's page: who may open it, what it says, what it can do."""

import json
import re
from datetime import timedelta

import pytest

from dinh.app.operations import change_operator, operators
from dinh.app.operator import Mark, Rounds, verify_seals
from dinh.app.operator.store import put_mark
from dinh.app.worker import loops_of, nightly_of, watches_of
from dinh.exchange import dead_of, give_up
from dinh.kernel import events, jobs, metrics
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _operator(world: World, node: Node, language: str = "vi") -> Visitor:
    return await world.sign_in(world.account("operator"), node, language)


async def _hold(world: World, node: Node, fault: Exception, *, key: str) -> int:
    """A job that really fails until it is held, without the eight waits between."""
    real = node.part(jobs.Jobs)["app.verify"]

    async def fail(_node: Node, _payload: object) -> None:
        raise fault

    node.part(jobs.Jobs)["app.verify"] = fail  # type: ignore[assignment]
    try:
        async with node.write(system("test")) as tx:
            await jobs.enqueue(tx, "app.verify", {}, key=key)
            job = await tx.value("SELECT max(id) FROM jobs.pgqueuer")
            await tx.run("UPDATE jobs.pgqueuer SET attempts = 8 WHERE id = $1", job)
        await world._run_jobs(node)
    finally:
        node.part(jobs.Jobs)["app.verify"] = real
    return int(job)


async def _clean(world: World) -> None:
    """As after a day of good work: a backup, a worker that reports, and no dead messages of other tests."""
    for node in world.nodes.values():
        rounds = Rounds()
        for loop in ("seal", "deliver", "purge"):
            rounds.note(loop)
        await rounds.keep(node)
        async with node.write(system("test")) as tx:
            await put_mark(tx, Mark("backup", tx.now, "complete", 12_345_678))
            for dead in (await dead_of(tx))[0]:
                await give_up(tx, system("test"), dead.id, "not_needed")


async def test_everything_runs_in_one_sentence_on_every_node_in_both_languages(world: World) -> None:
    await world.go_on()
    await world.settle()
    await _clean(world)
    assert "12 MB" in (await (await _operator(world, world.desk)).get("/operator")).text
    for node in world.nodes.values():
        for language, words in (("vi", "Mọi thứ đang chạy tốt"), ("en", "Everything runs")):
            visitor = await _operator(world, node, language)
            page = await visitor.get("/operator")
            assert page.status_code == 200
            assert re.search(r"<h1[^>]*>([^<]*)", page.text)[1] == words, page.text  # type: ignore[index]
            health = (await visitor.get("/api/app/v1/health")).json()
            assert (health["status"], health["needs"], health["facts"]["node"]) == ("ok", [], node.code)
            assert health["facts"]["signer"] is True
            assert health["facts"]["database"]["pending"] == []


async def test_only_operators_with_two_factors_may_open_it_and_a_relieved_one_is_out_at_once(world: World) -> None:
    anyone = world.visitor(world.desk)
    assert (await anyone.get("/operator")).headers["location"].startswith("/session/start")
    for role in ("mother", world.demo.handler, world.demo.decider):
        visitor = await world.sign_in(world.account(role), world.desk)
        for path in ("/operator", "/api/app/v1/health"):
            assert (await visitor.get(path)).status_code == 403
        for path in ("/operator/outbox/retry", "/operator/verification", "/operator/jobs/1/release", "/operator/jobs/1/aside"):
            assert (await visitor.post(path)).status_code == 403
    number = world.account("mother").username
    await change_operator(world.settings, world.desk.code, number, add=True)
    mother = await world.sign_in(world.account("mother"), world.desk)
    assert (await mother.get("/operator")).status_code == 200
    elsewhere = await world.sign_in(world.account("mother"), world.portal)
    assert (await elsewhere.get("/operator")).status_code == 403
    async with world.desk.write(system("test")) as tx:
        await tx.run("UPDATE identity.session SET assurance = 1 WHERE person = $1", await world.person(world.account("mother")))
    weak = await mother.get("/operator")
    assert (weak.status_code, "mã dùng một lần" in weak.text) == (403, True)
    assert (await world.person(world.account("mother"))) in {one.person for _, one in await operators(world.settings, world.desk.code)}
    await change_operator(world.settings, world.desk.code, number, add=False)
    again = await world.sign_in(world.account("mother"), world.desk)
    assert (await again.get("/operator")).status_code == 403
    with pytest.raises(RuntimeError, match="does not operate"):
        await change_operator(world.settings, world.desk.code, number, add=False)
    with pytest.raises(RuntimeError, match="no account"):
        await change_operator(world.settings, world.desk.code, "000000000000", add=True)
    with pytest.raises(RuntimeError, match="there is no node"):
        await change_operator(world.settings, "nowhere", number, add=True)
    async with world.desk.read(system("test")) as tx:
        told = [event.type for event in await events.read_history(tx, await world.person(world.account("mother")))]
    assert told.count("app:operator:entrusted") == told.count("app:operator:relieved") == 1


async def test_a_held_job_is_shown_by_its_faults_class_and_runs_again_when_it_is_released(world: World) -> None:
    job = await _hold(world, world.portal, ValueError("Trần Thị Bí Mật"), key="held-1")
    visitor = await _operator(world, world.portal, "en")
    page = await visitor.get("/operator")
    assert "job failed too often" in page.text
    assert "Last fault: ValueError" in page.text
    assert "Bí Mật" not in page.text
    answer = await visitor.post(f"/operator/jobs/{job}/release", follow=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/operator#jobs")
    assert (await visitor.post(f"/operator/jobs/{job}/release")).status_code == 404
    await world.settle()
    health = (await visitor.get("/api/app/v1/health")).json()["facts"]
    assert health["jobs"]["held"] == []
    assert health["verified"]["outcome"] == "intact"
    async with world.portal.read(system("test")) as tx:
        (told,) = [event for event in await events.read_history(tx, f"job:{job}") if event.type == "app:job:released"]
    assert told.actor == await world.person(world.account("operator"))


async def test_a_held_job_is_put_aside_for_a_reason_stays_there_and_can_still_be_released(world: World) -> None:
    job = await _hold(world, world.registers, KeyError("x"), key="held-2")
    visitor = await _operator(world, world.registers)
    without = await visitor.post(f"/operator/jobs/{job}/aside")
    assert (without.status_code, "Hãy chọn lý do" in without.text, f'href="#reason-{job}"' in without.text) == (422, True, True)
    assert (await visitor.post(f"/operator/jobs/{job}/aside", {f"reason-{job}": "because"})).status_code == 422
    assert (await visitor.post("/operator/jobs/999999/aside", {"reason-999999": "not_needed"})).status_code == 404
    done = await visitor.post(f"/operator/jobs/{job}/aside", {f"reason-{job}": "waits_for_fix"})
    assert "đã gác lại" in done.text
    health = (await visitor.get("/api/app/v1/health")).json()
    assert not [need for need in health["needs"] if need["part"] == "jobs"]
    assert [one["reason"] for one in health["facts"]["aside"]] == ["waits_for_fix"]
    await visitor.post(f"/operator/jobs/{job}/release")
    await world.settle()
    health = (await visitor.get("/api/app/v1/health")).json()["facts"]
    assert (health["aside"], health["jobs"]["held"]) == ([], [])


async def test_messages_that_wait_are_counted_and_sent_again_at_once(world: World) -> None:
    await world.settle()
    await _clean(world)
    async with world.desk.write(system("test")) as tx:
        message = await tx.value(
            """INSERT INTO exchange.outbox (id, service, sender, receiver, purpose, assurance, key, told_at, next_try_at, attempts, refusal, body)
               VALUES (gen_random_uuid(), 'cases.progress', 'H24', 'G22', 'settle', 0, gen_random_uuid(), $1, $2, 7, 'exchange.unreachable', 'x'::bytea) RETURNING id""",
            tx.now - timedelta(days=2), tx.now + timedelta(hours=1),
        )  # fmt: skip
    try:
        visitor = await _operator(world, world.desk, "en")
        page = await visitor.get("/operator")
        assert "1 message does not arrive" in page.text
        assert "exchange.unreachable" in page.text
        health = (await visitor.get("/api/app/v1/health")).json()
        assert {"level": "bad", "part": "outbox", "key": "app.need_outbox", "params": {"n": 1}} in health["needs"]
        await visitor.post("/operator/outbox/retry")
        async with world.desk.read(system("test")) as tx:
            assert await tx.value("SELECT next_try_at <= $1 FROM exchange.outbox WHERE id = $2", tx.now, message)
    finally:
        async with world.desk.write(system("test")) as tx:
            await tx.run("UPDATE exchange.outbox SET delivered_at = $1, body = NULL WHERE delivered_at IS NULL", tx.now)


async def test_a_spine_that_was_changed_is_said_on_the_page_after_the_verification_that_was_asked_for(world: World) -> None:
    await world.settle()
    visitor = await _operator(world, world.registers, "en")
    owner = await world.supervisor.databases.owner(world.supervisor.databases.name("registers"))
    try:
        await owner.execute("UPDATE kernel.seal SET leaf = leaf || 'x'::bytea WHERE position = 1")
        for _ in range(2):
            assert (await visitor.post("/operator/verification", follow=False)).status_code == 303
        await world.settle()
        page = await visitor.get("/operator")
        assert "event 1: changed after it was sealed" in page.text
        assert "The last verification found a fault" in page.text
        assert 'dinh_seals_intact{node="registers"} 0.0' in (await visitor.get("/metrics")).text
    finally:
        await owner.execute("UPDATE kernel.seal SET leaf = substr(leaf, 1, length(leaf) - 1) WHERE position = 1")
        await owner.close()
    await verify_seals(world.registers, {})
    assert "all intact" in (await visitor.get("/operator")).text


async def test_a_worker_that_is_silent_and_a_backup_that_is_old_need_the_operator(world: World) -> None:
    await _clean(world)
    async with world.desk.write(system("test")) as tx:
        await put_mark(tx, Mark("backup", tx.now - timedelta(hours=25), "complete", 1))
        await put_mark(tx, Mark("loop.seal", tx.now - timedelta(minutes=3), "ran", 1))
    page = await (await _operator(world, world.desk, "en")).get("/operator")
    assert "2 things need you" in page.text
    assert "The last backup is 25 hours old" in page.text
    assert "The worker has not reported" in page.text
    await _clean(world)


async def test_every_loop_of_the_worker_has_a_name_in_both_languages(world: World) -> None:
    for node in world.nodes.values():
        rounds, loops = Rounds(), [*loops_of(node), *nightly_of(node), *watches_of(node), "certificates", "purge"]
        for loop in [*loops, "of_another_release"]:
            rounds.note(loop)
        await rounds.keep(node)
        for language in ("vi", "en"):
            page = (await (await _operator(world, node, language)).get("/operator")).text
            shown = re.findall(r"<dt[^>]*>([^<]*)</dt>", page[page.index('id="loops"') : page.index('id="requests"')])
            assert len(shown) > len(loops)
            assert [name for name in shown if re.fullmatch(r"[a-z_.]+", name)] == ["of_another_release"]
        owner = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
        await owner.execute("DELETE FROM app.mark WHERE name LIKE 'loop.%'")
        await owner.close()


async def test_requests_are_told_by_route_and_never_by_what_they_named(world: World) -> None:
    visitor = await _operator(world, world.desk)
    await visitor.get("/desk/H24.101-261121-9999")
    page = await visitor.get("/operator")
    slowest = (await visitor.get("/api/app/v1/health")).json()["facts"]["slowest"]
    assert "9999" not in page.text
    assert "9999" not in json.dumps(slowest)
    assert all(timing["count"] >= 1 and timing["max"] >= timing["p50"] > 0 for timing in slowest)
    assert "GET /operator" in {timing.route for timing in metrics.TIMINGS.slowest(world.desk.code, 1000)}


async def test_gauges_name_nodes_and_nobody(world: World) -> None:
    await _clean(world)
    text = (await world.visitor(world.portal).get("/metrics")).text
    for name in ("dinh_needs", "dinh_jobs", "dinh_outbox_waiting", "dinh_backup_age_seconds", "dinh_certificate_seconds", "dinh_disk_free_bytes"):
        assert re.search(rf'^{name}{{[^}}]*node="portal"', text, re.MULTILINE), name
    assert await world.person(world.account("operator")) not in text

"""What needs an operator, from the facts."""

from collections.abc import Iterator
from datetime import timedelta

from dinh.app.certificates import level_of
from dinh.app.operator.contracts import Facts, Health, Need
from dinh.exchange import CONFIGURATION, REVOCATIONS

BACKUP_AGE = timedelta(hours=24)
OUTBOX_AGE, OUTBOX_LOST = timedelta(minutes=5), timedelta(days=1)
UNSEALED_AGE = timedelta(minutes=1)
JOB_AGE = timedelta(minutes=5)
# The worker keeps its marks every quarter of a minute; the hourly loop has its own pace.
LOOP_AGE, HOURLY_AGE = timedelta(minutes=2), timedelta(hours=2)
HOURLY = {"purge", "certificates"}
DISK_LITTLE, DISK_NONE = 0.10, 0.03
CONNECTIONS_MANY = 0.8
TRANSACTION_SECONDS = 300
# Signed anew every hour: two days left means that the registry has not been reached for one.
CONFIGURATION_SOON, CONFIGURATION_NOW = timedelta(hours=48), timedelta(hours=12)
WORST = ("bad", "warning")


def assess(facts: Facts) -> Health:
    """The worst first."""
    found = sorted(
        [*_work(facts), *_exchange(facts), *_proof(facts), *_certificates(facts), *_machine(facts)], key=lambda need: WORST.index(need.level)
    )
    return Health(found[0].level if found else "ok", found, facts)


def _work(facts: Facts) -> Iterator[Need]:
    if facts.held:
        yield Need("bad", "jobs", "app.need_held", {"n": len(facts.held)})
    if facts.jobs.oldest and facts.at - facts.jobs.oldest > JOB_AGE:
        yield Need("warning", "jobs", "app.need_jobs_wait", {"n": facts.jobs.waiting})
    if facts.outbox and facts.outbox.oldest and facts.at - facts.outbox.oldest > OUTBOX_AGE:
        lost = facts.at - facts.outbox.oldest > OUTBOX_LOST
        yield Need("bad" if lost else "warning", "outbox", "app.need_outbox", {"n": facts.outbox.waiting})
    if facts.outbox and facts.outbox.dead:
        yield Need("bad", "outbox", "app.need_dead", {"n": facts.outbox.dead})
    late = [loop for loop in facts.loops if facts.at - loop.at > (HOURLY_AGE if loop.name in HOURLY else LOOP_AGE)]
    if late or not facts.loops:
        yield Need("bad", "loops", "app.need_worker")


def _exchange(facts: Facts) -> Iterator[Need]:
    for held in facts.held_documents:
        left = held.until - facts.at
        if held.kind == CONFIGURATION and left <= CONFIGURATION_SOON:
            yield Need(
                "bad" if left <= CONFIGURATION_NOW else "warning", "exchange", "app.need_configuration", {"n": max(0, left // timedelta(hours=1))}
            )
        elif held.kind == REVOCATIONS and left <= timedelta():
            yield Need("warning", "exchange", "app.need_revocations", {"n": -(left // timedelta(minutes=1))})


def _proof(facts: Facts) -> Iterator[Need]:
    if facts.seals.oldest_unsealed and facts.at - facts.seals.oldest_unsealed > UNSEALED_AGE:
        yield Need("bad", "seals", "app.need_seals", {"n": facts.seals.unsealed})
    if facts.verified and facts.verified.outcome != "intact":
        yield Need("bad", "seals", "app.need_broken_seal")
    if facts.doubts and facts.doubts.contradicted:
        yield Need("bad", "seals", "app.need_contradiction", {"n": len(facts.doubts.contradicted)})
    if facts.doubts and facts.doubts.disputed:
        yield Need("bad", "seals", "app.need_dispute", {"n": len(facts.doubts.disputed)})
    if facts.doubts and facts.doubts.unwitnessed:
        yield Need("warning", "seals", "app.need_unwitnessed", {"n": len(facts.doubts.unwitnessed)})
    if facts.backup is None:
        yield Need("warning", "backups", "app.need_first_backup")
    elif facts.at - facts.backup.at > BACKUP_AGE:
        yield Need("warning", "backups", "app.need_backup", {"n": (facts.at - facts.backup.at) // timedelta(hours=1)})


def _certificates(facts: Facts) -> Iterator[Need]:
    soonest = min((one.soonest for one in facts.certificates), default=None)
    if soonest and (level := level_of(soonest, facts.at)):
        left = (soonest - facts.at).days
        yield Need(level, "certificates", "app.need_certificate" if soonest > facts.at else "app.need_ended_certificate", {"n": max(0, left)})
    if facts.renewals:
        yield Need("warning", "certificates", "app.need_renewals", {"n": facts.renewals})
    if not facts.signer:
        yield Need("bad", "certificates", "app.need_signer")


def _machine(facts: Facts) -> Iterator[Need]:
    for disk in facts.disks:
        if disk.free <= disk.total * DISK_LITTLE:
            yield Need("bad" if disk.free <= disk.total * DISK_NONE else "warning", "disk", f"app.need_disk_{disk.place}")
    if facts.database.connections > facts.database.most * CONNECTIONS_MANY:
        yield Need("warning", "database", "app.need_connections")
    if facts.database.longest > TRANSACTION_SECONDS:
        yield Need("warning", "database", "app.need_transaction", {"n": int(facts.database.longest) // 60})
    if facts.database.pending:
        yield Need("warning", "database", "app.need_migrations", {"n": len(facts.database.pending)})
    if facts.about.clock_offset:
        yield Need("warning", "settings", "app.need_clock")

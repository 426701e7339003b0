"""For machines: the operator's facts as JSON, and the main ones as gauges."""

from prometheus_client import Gauge

from dinh.app.certificates import certificates_of
from dinh.app.operator.contracts import Health
from dinh.app.operator.service import OPERATE, health
from dinh.kernel.caller import PUBLIC
from dinh.kernel.metrics import REGISTRY
from dinh.kernel.node import Node
from dinh.kernel.web.routes import api_get, entrusted
from dinh.kernel.web.visit import Visit

NEEDS = Gauge("dinh_needs", "Things that need the operator", ["node", "level"], registry=REGISTRY)
JOBS = Gauge("dinh_jobs", "Jobs by state; held ones that were put aside do not count", ["node", "state"], registry=REGISTRY)
OUTBOX = Gauge("dinh_outbox_waiting", "Messages that wait for delivery", ["node"], registry=REGISTRY)
OUTBOX_AGE = Gauge("dinh_outbox_oldest_seconds", "Age of the message that waits longest", ["node"], registry=REGISTRY)
DEAD = Gauge(
    "dinh_messages_dead",
    "Told messages that were refused for good or have not arrived in their time, and wait for an operator",
    ["node"],
    registry=REGISTRY,
)
BACKUP_AGE = Gauge("dinh_backup_age_seconds", "Age of the last complete backup; -1 when there is none", ["node"], registry=REGISTRY)
CERTIFICATE = Gauge("dinh_certificate_seconds", "Until the first certificate of a kind ends", ["node", "kind"], registry=REGISTRY)
EXPIRES = Gauge(
    "dinh_certificate_expires_timestamp_seconds", "When a certificate ends, in seconds since 1970; of officials' the first", ["node", "kind", "name"], registry=REGISTRY,
)  # fmt: skip
DISK = Gauge("dinh_disk_free_bytes", "Free space", ["node", "place"], registry=REGISTRY)
DATABASE = Gauge("dinh_database_bytes", "Size of the node's database", ["node"], registry=REGISTRY)
INTACT = Gauge("dinh_seals_intact", "1: the last verification found all seals intact; 0: it did not; -1: there was none", ["node"], registry=REGISTRY)


@api_get("/api/app/v1/health", entrusted(OPERATE))
async def report(request: Visit) -> Health:
    """What needs the operator of this node, and everything that is so."""
    return await health(request.node, request.who)


async def observe(node: Node) -> None:
    """Set the gauges just before they are read. They count and measure; they name no one."""
    found = await health(node, PUBLIC)
    facts, code = found.facts, node.code
    for level in ("warning", "bad"):
        NEEDS.labels(code, level).set(sum(need.level == level for need in found.needs))
    for state, count in (("waiting", facts.jobs.waiting), ("running", facts.jobs.running), ("held", len(facts.held))):
        JOBS.labels(code, state).set(count)
    if facts.outbox:
        OUTBOX.labels(code).set(facts.outbox.waiting)
        DEAD.labels(code).set(facts.outbox.dead)
        OUTBOX_AGE.labels(code).set((facts.at - facts.outbox.oldest).total_seconds() if facts.outbox.oldest else 0)
    BACKUP_AGE.labels(code).set((facts.at - facts.backup.at).total_seconds() if facts.backup else -1)
    for one in facts.certificates:
        CERTIFICATE.labels(code, one.kind).set((one.soonest - facts.at).total_seconds())
    async with node.read(PUBLIC) as tx:
        for known in await certificates_of(tx):
            EXPIRES.labels(code, known.kind, known.name).set(known.until.timestamp())
    for disk in facts.disks:
        DISK.labels(code, disk.place).set(disk.free)
    DATABASE.labels(code).set(facts.database.size)
    INTACT.labels(code).set(-1 if facts.verified is None else int(facts.verified.outcome == "intact"))


routes = [report]

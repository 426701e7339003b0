"""What each room brings to a node that hosts it: pages, answers, message handlers, jobs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from litestar.handlers import HTTPRouteHandler

from dinh import cases, exchange, identity, indicators, notices, portal, registers, vault
from dinh.app import mail, operator, processing, retention
from dinh.exchange import Handler, Provider
from dinh.kernel.database import migrations
from dinh.kernel.jobs import Run
from dinh.kernel.retention import Holding

PACKAGE = Path(__file__).resolve().parents[1]
# In the order of the floors, which is also the order of migrations. Every node has those of ALWAYS.
FLOORS = ("kernel", "trust", "offices", "exchange", "identity", "registers", "vault", "cases", "indicators", "notices", "portal", "app")
ALWAYS = ("kernel", "trust", "app")


class Room(msgspec.Struct, frozen=True):
    routes: Sequence[HTTPRouteHandler] = ()
    providers: Mapping[str, Provider] = {}
    handlers: Mapping[str, Handler] = {}
    jobs: Mapping[str, Run] = {}
    holdings: Mapping[str, Holding] = {}


# What a room brings wherever it is hosted.
ROOMS: dict[str, Room] = {
    "exchange": Room(
        routes=[
            *exchange.monitoring_routes,
            *exchange.overview_routes,
            *exchange.head_routes,
            *exchange.developer_routes,
            *exchange.statistics_routes,
        ],
        providers=exchange.access_answers,
        holdings={
            **exchange.exchange_holdings,
            **exchange.head_holdings,
            **exchange.message_holdings,
            **exchange.handover_holdings,
            **exchange.access_holdings,
        },
        handlers={"exchange.receipt": exchange.take_receipt},
    ),
    "identity": Room(routes=identity.session_routes, holdings=identity.mandate_holdings),
    "registers": Room(
        routes=[*registers.quality_routes, *registers.queue_routes],
        providers={**registers.population_answers, **registers.civil_status_answers},
        handlers=registers.birth_handlers,
    ),
    "vault": Room(routes=vault.routes, handlers={"vault.deposit": vault.deposit}),
    "cases": Room(),
    "indicators": Room(routes=indicators.routes),
    "notices": Room(routes=notices.routes),
    "portal": Room(routes=portal.routes),
}
# The citizen's side of cases lives where the portal is, the agency's side where units are.
CITIZENS = Room(
    providers=exchange.consent_answers,
    routes=[
        *cases.guide_routes,
        *cases.application_routes,
        *cases.tracking_routes,
        *exchange.routes,
        *identity.mandate_routes,
        *processing.routes,
        *exchange.consent_routes,
    ],
    handlers={"cases.progress": cases.follow_progress, "cases.disposal": cases.take_disposal, "access.news": exchange.take_news},
)
OFFICIALS = Room(
    routes=[
        *cases.inbox_routes,
        *cases.counter_routes,
        *cases.signing_routes,
        *cases.desk_routes,
        *cases.record_routes,
        *cases.command_routes,
        *cases.api_routes,
    ],
    handlers={"cases.application": cases.take_application, "cases.answer": cases.take_answer, "cases.withdrawal": cases.take_withdrawal},
    jobs={cases.SETTLE: cases.settle},
    providers=cases.case_answers,
    holdings=cases.case_holdings,
)  # fmt: skip
ISSUER = Room(routes=[*identity.provider_routes, *identity.sign_in_routes], providers=identity.identity_answers)
REGISTRY = Room(routes=[*exchange.registry_routes, *exchange.notary_routes, *exchange.national_routes])

# Whoever operates a node, and its own work.
OPERATION = Room(routes=[*operator.routes, *operator.health_routes, *retention.routes, *mail.routes], jobs={operator.VERIFY: operator.verify_seals})


def hosted(rooms: Sequence[str]) -> list[str]:
    """The rooms of a node that names these, in the order of the floors."""
    return [room for room in FLOORS if room in ALWAYS or room in rooms]


def migrations_of(rooms: Sequence[str]) -> list[migrations.Migration]:
    return [migration for room in hosted(rooms) for migration in migrations.of_room(room, schema_folder(room))]


def schema_folder(room: str) -> Path:
    return PACKAGE / room / "schema"


def texts_folder(room: str) -> Path:
    return PACKAGE / room / "texts"


def template_folders() -> dict[str, Path]:
    folders = {room: PACKAGE / room / "templates" for room in FLOORS if (PACKAGE / room / "templates").is_dir()}
    return folders | {"kernel": PACKAGE / "kernel" / "web" / "templates"}

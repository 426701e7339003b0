"""Records from rows, and marks from addresses."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dinh.exchange.members import Membership
from dinh.exchange.monitoring.contracts import Mark, Record
from dinh.kernel.errors import Invalid

FAILED = 500


def record(row: Mapping[str, Any], membership: Membership) -> Record:
    client, service = (_member(membership, row[side], row[f"{side}_subsystem"]) for side in ("client", "provider"))
    return Record(
        monitoring_data_ts=int(row["response_out"].timestamp()), security_server_type="Client" if row["side"] == "client" else "Producer",
        request_in_ts=_milliseconds(row["request_in"]), request_out_ts=_milliseconds(row["request_out"]),
        response_in_ts=_milliseconds(row["response_in"]), response_out_ts=_milliseconds(row["response_out"]),
        client_instance=client[0], client_member_class=client[1], client_member_code=client[2], client_subsystem_code=client[3],
        service_instance=service[0], service_member_class=service[1], service_member_code=service[2], service_subsystem_code=service[3],
        service_code=row["service"], message_id=row["message_id"], x_request_id=str(row["id"]), request_size=row["request_size"],
        response_size=row["response_size"], succeeded=not row["refusal"] and row["status"] < FAILED, status_code=row["status"], service_type="REST",
        message_protocol_version="1", rest_method=row["method"], fault_code=row["refusal"] or None,
    )  # fmt: skip


def _member(membership: Membership, code: str, subsystem: str | None) -> tuple[str, str, str, str]:
    """A member that has left the configuration is told by the class that agencies have."""
    names, known = membership.names, membership.members.get(code)
    return names.instance, known.member_class if known else names.member_class, code, subsystem or names.subsystem


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def write_mark(mark: Mark) -> str:
    return f"{mark[0].astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{mark[1]}~{mark[2]}"


def read_mark(text: str) -> Mark:
    """Raises Invalid."""
    at, _, rest = text.partition("~")
    call, _, side = rest.partition("~")
    try:
        return moment(at), UUID(call), side
    except ValueError as error:
        raise Invalid(fields={"after": "kernel.invalid"}) from error


def moment(text: str) -> datetime:
    """ISO 8601 with its offset. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found

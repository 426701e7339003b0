"""Records as X-Road's operational monitoring names them, and the health of the exchange."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Mark = tuple[datetime, UUID, str]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call on one side. Times in milliseconds since 1970, `monitoringDataTs` in seconds; sizes in bytes, of message and body. Path, user and case are
    left out: they can name a person.
    """

    monitoring_data_ts: int = msgspec.field(name="monitoringDataTs")
    security_server_type: Literal["Client", "Producer"] = msgspec.field(name="securityServerType")
    request_in_ts: int = msgspec.field(name="requestInTs")
    request_out_ts: int = msgspec.field(name="requestOutTs")
    response_in_ts: int = msgspec.field(name="responseInTs")
    response_out_ts: int = msgspec.field(name="responseOutTs")
    client_instance: str = msgspec.field(name="clientXRoadInstance")
    client_member_class: str = msgspec.field(name="clientMemberClass")
    client_member_code: str = msgspec.field(name="clientMemberCode")
    client_subsystem_code: str = msgspec.field(name="clientSubsystemCode")
    service_instance: str = msgspec.field(name="serviceXRoadInstance")
    service_member_class: str = msgspec.field(name="serviceMemberClass")
    service_member_code: str = msgspec.field(name="serviceMemberCode")
    service_subsystem_code: str = msgspec.field(name="serviceSubsystemCode")
    service_code: str = msgspec.field(name="serviceCode")
    message_id: str = msgspec.field(name="messageId")
    x_request_id: str = msgspec.field(name="xRequestId")
    request_size: int = msgspec.field(name="requestSize")
    response_size: int = msgspec.field(name="responseSize")
    succeeded: bool
    status_code: int = msgspec.field(name="statusCode")
    service_type: str = msgspec.field(name="serviceType", default="")
    message_protocol_version: str = msgspec.field(name="messageProtocolVersion", default="")
    rest_method: str | None = msgspec.field(name="restMethod", default=None)
    fault_code: str | None = msgspec.field(name="faultCode", default=None)


class Records(msgspec.Struct, frozen=True, omit_defaults=True):
    """`next` is the address of the following page; without it there is nothing more up to `until`, where the next reading begins."""

    records: list[Record]
    until: datetime
    next: str | None = None


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """`reasons` are the parts that do not do their work: `database`, `configuration`, `signer`, `certificates`. `warnings` are those that will not
    within three days (`certificates`).
    """

    status: Literal["up", "down"]
    at: datetime
    reasons: list[str] = []
    warnings: list[str] = []

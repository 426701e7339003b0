"""Whether a member may use a service: default is no."""

from dinh.exchange.members.contracts import Right, Service


def matches(pattern: str, agency: str) -> bool:
    """`A1.*` matches every agency below A1, not A1 itself; `*` matches all."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return agency.startswith(pattern[:-1])
    return agency == pattern


def right_of(service: Service, client: str, purpose: str) -> Right | None:
    for right in service.rights:
        if right.purpose == purpose and any(matches(pattern, client) for pattern in right.clients):
            return right
    return None

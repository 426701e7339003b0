"""A member's installation renews its certificates at the registry, while they still hold."""

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.app.certificates.requests import Imported, folder_of, import_all
from dinh.exchange import ask_renewal, membership_of
from dinh.kernel import log
from dinh.kernel.errors import BadSignature, Refused
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.trust import handle_of_member, handle_of_node, handle_of_tls

_log = log.get("app")


async def ask_registry(settings: Settings, nodes: dict[str, Node]) -> list[Imported]:
    """Requests that wait go to the registry's node, and what it answers is taken in. What is refused, or waits for an operator there, is asked again in the
    next round. A listener's certificate is taken in once the configuration names it, so that no node meets one that it does not know.
    """
    taken = []
    for node in nodes.values():
        for handle in (handle_of_member(node.plan.operator), handle_of_node(node.code), handle_of_tls(node.code)):
            path = folder_of(settings) / f"{handle}.csr"
            if path.exists():
                try:
                    found = await ask_renewal(node, handle, path.read_text())
                    if found and _believed(node, handle, found):
                        taken += await import_all(settings, nodes, found.encode())
                except (Refused, BadSignature, RuntimeError, ValueError) as error:
                    _log.warning("certificate_not_renewed", node=node.code, handle=handle, reason=str(error))
    return [msgspec.structs.replace(one, registered=True) for one in taken]


def _believed(node: Node, handle: str, found: str) -> bool:
    if handle != handle_of_tls(node.code):
        return True
    digest = x509.load_pem_x509_certificate(found.encode()).fingerprint(hashes.SHA256()).hex()
    return membership_of(node).check_server(node.code).tls == digest

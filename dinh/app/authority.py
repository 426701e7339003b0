"""The demonstration's certificate authority, in the installation whose signer has its key. Production has none."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.app.places import root_file
from dinh.app.signatures import trusted_roots
from dinh.exchange import Certifier
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.trust import Authority, Keyring, create_root, pem

ROOT_HANDLE = "demo-root"
ROOT_NAME = "Dinh demonstration root"


async def demo_authority(settings: Settings, node: Node) -> Authority:
    """Raises RuntimeError in production."""
    if settings.production:
        message = "the demonstration's authority does not issue in production"
        raise RuntimeError(message)
    signer, path = node.part(Keyring).signer, root_file(settings)
    if not path.exists():
        root = await create_root(signer, ROOT_HANDLE, node.country.iso, "Dinh", ROOT_NAME)
        path.write_text(pem(root))
    return Authority(signer, ROOT_HANDLE, trusted_roots(settings)[0], node.country.iso)


class DemoCertifier(Certifier):
    """Renews at once. In production nobody does: an operator takes the request to a real authority."""

    async def renew(self, node: Node, present: x509.Certificate, public: ec.EllipticCurvePublicKey) -> x509.Certificate | None:
        return None if node.settings.production else await (await demo_authority(node.settings, node)).renew(present, public)

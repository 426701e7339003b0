"""What app plugs into the registry's node."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.kernel.node import Node


class Certifier:
    """An authority at hand."""

    async def renew(self, node: Node, present: x509.Certificate, public: ec.EllipticCurvePublicKey) -> x509.Certificate | None:
        """The same subject and uses, for this key. None where an operator takes the request to an authority. Raises SignerError."""
        raise NotImplementedError

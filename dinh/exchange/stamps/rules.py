"""From signatures to the leaves of a timestamp's tree."""

from collections.abc import Mapping, Sequence
from hashlib import sha512

from cryptography import x509

from dinh.exchange.stamps.contracts import Standing, Waiting
from dinh.trust import TIMESTAMP_CHAIN, hash_chain_result, leaf_of, root, signature_xml


def xml_of(batch_root: bytes, waiting: Waiting, standing: Standing) -> bytes:
    """`META-INF/signatures.xml` of a batch: the same bytes whenever it is made."""
    certificate = x509.load_der_x509_certificate(standing.certificate)
    return signature_xml(waiting.signature, batch_root, certificate, ocsp=standing.response, timestamp=None)


def leaves_of(batches: Sequence[Waiting], standings: Mapping[bytes, Standing]) -> list[bytes]:
    return [leaf_of(sha512(xml_of(one.root, one, standings[one.signature.certificate])).digest()) for one in batches]


def stamped_bytes(leaves: Sequence[bytes]) -> bytes:
    """What the timestamp is over: `ts-hashchainresult.xml`."""
    return hash_chain_result(root(leaves), TIMESTAMP_CHAIN)

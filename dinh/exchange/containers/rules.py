"""From kept evidence to the bytes of a container: the same on every machine."""

from hashlib import sha512

from dinh.exchange.containers.contracts import Call, Part, Stamped
from dinh.exchange.stamps import stamped_bytes, xml_of
from dinh.trust import SIGNATURES, Parts, StampParts, hash_chain, hash_chain_result, pack

DIGEST = 64


def pack_part(call: Call, part: Part, stamped: Stamped, message: bytes | None, body: bytes | None) -> bytes:
    """`message` None: its content was erased, and the chain has the digests."""
    digests = call.digests[part]
    chain = hash_chain(stamped.leaves, call.places[part], digests[:DIGEST], digests[DIGEST:] or None)
    xml = xml_of(stamped.batch.root, stamped.batch, stamped.standing)
    way = hash_chain(stamped.others, stamped.place, sha512(xml).digest(), names=SIGNATURES)
    stamp = StampParts(stamped.token, way, stamped_bytes(stamped.others))
    return pack(Parts(message, xml, body, chain, hash_chain_result(stamped.batch.root), stamp))

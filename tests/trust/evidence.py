"""Containers as a node makes them: random exchanges, signed in batches or by themselves, stamped in batches or by themselves."""

import io
import random
import zipfile
from hashlib import sha512

import msgspec
from cryptography import x509

from dinh.trust import (
    SIGNATURES,
    TIMESTAMP_CHAIN,
    Answers,
    Parts,
    Responder,
    StampingAuthority,
    StampParts,
    State,
    handle_of_member,
    handle_of_ocsp,
    handle_of_tsa,
    hash_chain,
    hash_chain_result,
    leaf,
    leaf_of,
    message_references,
    pack,
    request,
    root,
    sign_batch,
    sign_message,
    signature_xml,
    stamp,
    token_of,
    verify_container,
)  # fmt: skip
from dinh.trust.containers.archive import pack_entries
from tests.trust.house import House, now

HANDLE = handle_of_member("A01.1")
Message = tuple[bytes, bytes | None]


async def good(_serial: int) -> State:
    return "good"


class Bench(msgspec.Struct):
    house: House
    member: x509.Certificate
    tsa: StampingAuthority
    answers: Answers

    async def token(self, data: bytes) -> bytes:
        digest = sha512(data).digest()
        return token_of(await stamp(self.tsa, request(digest, 99), now()), 99, digest)

    async def ocsp(self) -> bytes:
        return await self.answers.of(self.member.serial_number, now())

    async def single(self, message: Message) -> bytes:
        """Signed and stamped by itself: the token is in the signature."""
        digests = sha512(message[0]).digest(), None if message[1] is None else sha512(message[1]).digest()
        made = await sign_message(self.house.client, HANDLE, self.member, *digests, now())
        xml = signature_xml(made, message_references(*digests), self.member, ocsp=await self.ocsp(), timestamp=await self.token(made.value))
        return pack(Parts(message[0], xml, message[1]))

    async def batch(self, batch: list[Message], index: int, stamped_with: int = 3) -> bytes:
        """One of a batch; its signature is stamped together with others'."""
        leaves = [leaf(*one) for one in batch]
        made = await sign_batch(self.house.client, HANDLE, self.member, root(leaves), now())
        xml = signature_xml(made, root(leaves), self.member, ocsp=await self.ocsp(), timestamp=None)
        message, body = batch[index]
        chain = hash_chain(leaves, index, sha512(message).digest(), None if body is None else sha512(body).digest())
        return pack(Parts(message, xml, body, chain, hash_chain_result(root(leaves)), await self.stamp_parts(xml, stamped_with)))

    async def stamp_parts(self, xml: bytes, others: int) -> StampParts:
        digest = sha512(xml).digest()
        leaves = [leaf_of(sha512(bytes([n])).digest()) for n in range(others)] + [leaf_of(digest)]
        result = hash_chain_result(root(leaves), TIMESTAMP_CHAIN)
        return StampParts(await self.token(result), hash_chain(leaves, others, digest, names=SIGNATURES), result)


async def open_bench(house: House) -> Bench:
    member = await house.authority.issue_member(HANDLE, "Commune of Examples", "GOV", "A01.1")
    tsa = await house.authority.issue_tsa(handle_of_tsa("portal"), "Office of Examples", "Example TSA")
    ocsp = await house.authority.issue_ocsp(handle_of_ocsp(), "Office of Examples", "Example OCSP")
    answers = Answers(Responder(house.client, handle_of_ocsp(), ocsp, house.root, good))
    return Bench(house, member, StampingAuthority(house.client, handle_of_tsa("portal"), tsa, "1.3.6.1.4.1.99999.1"), answers)


def random_message(chance: random.Random, body: bool) -> Message:
    message = b"POST\r\n/r1/XX/GOV/A01/x/y?z=" + chance.randbytes(8).hex().encode() + b"\r\nx-road-client:XX/GOV/A01.1/x\r\n"
    return message, chance.randbytes(chance.choice([0, 1, 300, 2000])) if body else None


async def find_flips(trusted: x509.Certificate, data: bytes, flips: int, seed: int) -> None:
    """Every flipped bit of the file is found, and what is wrong is told."""
    chance = random.Random(seed)
    for bit in chance.sample(range(len(data) * 8), flips):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        report = await verify_container(bytes(broken), [trusted], now())
        assert report.verdict == "refused", f"bit {bit}"
        assert report.why


async def find_inner_flips(trusted: x509.Certificate, data: bytes, flips: int, seed: int) -> None:
    """The same in each entry; the archive is made again around the change, so that its checksums are right."""
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    for name, content in entries.items():
        for bit in chance.sample(range(len(content) * 8), min(flips, len(content) * 8)):
            broken = bytearray(content)
            broken[bit // 8] ^= 1 << bit % 8
            report = await verify_container(pack_entries(entries | {name: bytes(broken)}), [trusted], now())
            assert report.verdict == "refused", f"{name}, bit {bit}"

"""The hash tree: any leaf of any batch is found from the root, and nothing else is."""

import base64
import io
import re
import zipfile
from hashlib import sha512

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dinh.kernel.errors import BadSignature
from dinh.trust.hashtree import TIMESTAMP_CHAIN, hash_chain, hash_chain_result, leaf, root, verify_chain
from dinh.trust.hashtree.rules import SHA512
from tests.trust.house import external

Message = tuple[bytes, bytes | None]
messages = st.tuples(st.binary(max_size=40), st.none() | st.binary(max_size=40))
batches = st.lists(messages, min_size=1, max_size=40)


class Digest(core.Sequence):  # type: ignore[misc]
    _fields = [("digest", core.OctetString), ("method", core.UTF8String), ("transforms", core.SequenceOf, {"spec": core.Any})]


class Digests(core.SequenceOf):  # type: ignore[misc]
    _child_spec = Digest


def step(*digests: bytes) -> bytes:
    """A step as the specification words it, written by another library."""
    return bytes(Digests([{"digest": digest, "method": SHA512, "transforms": []} for digest in digests]).dump())


def h(data: bytes) -> bytes:
    return sha512(data).digest()


def leaves_of(batch: list[Message]) -> list[bytes]:
    return [leaf(*message) for message in batch]


def chain_of(batch: list[Message], index: int) -> bytes:
    message, body = batch[index]
    return hash_chain(leaves_of(batch), index, h(message), None if body is None else h(body))


def inputs_of(message: bytes, body: bytes | None) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {"/message.xml": message}
    return found if body is None else found | {"/attachment1": body}


def test_leaf_is_the_step_that_the_specification_words() -> None:
    assert leaf(b"m", b"b") == h(step(h(b"m"), h(b"b")))
    assert leaf(b"m", b"") == h(step(h(b"m"), h(b"")))
    assert leaf(b"m", None) == h(step(h(b"m")))


def test_tree_is_binary_from_left_to_right_and_a_lone_node_goes_up_unchanged() -> None:
    a, b, c, d, e = (leaf(bytes([n]), None) for n in range(5))
    assert root([a]) == a
    assert root([a, b, c]) == h(step(h(step(a, b)), c))
    assert root([a, b, c, d, e]) == h(step(h(step(h(step(a, b)), h(step(c, d)))), e))


@given(batch=batches, data=st.data())
def test_every_message_of_every_batch_is_found(batch: list[Message], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(batch) - 1))
    verify_chain(chain_of(batch, index), hash_chain_result(root(leaves_of(batch))), inputs_of(*batch[index]), ours=True)


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257])
def test_every_place_of_a_large_batch(size: int) -> None:
    batch: list[Message] = [(str(n).encode(), None if n % 3 else b"body") for n in range(size)]
    result = hash_chain_result(root(leaves_of(batch)))
    for index in range(0, size, 1 if size < 4 else 17):
        verify_chain(chain_of(batch, index), result, inputs_of(*batch[index]), ours=True)


@given(batch=batches, data=st.data(), other=messages)
def test_no_other_message_is_found(batch: list[Message], data: st.DataObject, other: Message) -> None:
    index = data.draw(st.integers(0, len(batch) - 1))
    if other == batch[index]:
        return
    with pytest.raises(BadSignature):
        verify_chain(chain_of(batch, index), hash_chain_result(root(leaves_of(batch))), inputs_of(*other))


@given(batch=batches, data=st.data())
def test_a_changed_leaf_changes_the_root(batch: list[Message], data: st.DataObject) -> None:
    leaves = leaves_of(batch)
    index, bit = data.draw(st.integers(0, len(leaves) - 1)), data.draw(st.integers(0, 511))
    changed = bytearray(leaves[index])
    changed[bit // 8] ^= 1 << bit % 8
    assert root([*leaves[:index], bytes(changed), *leaves[index + 1 :]]) != root(leaves)


@settings(max_examples=300)
@given(batch=st.lists(messages, min_size=1, max_size=6), data=st.data())
def test_every_flipped_bit_of_chain_or_result_is_found(batch: list[Message], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(batch) - 1))
    papers = [bytearray(chain_of(batch, index)), bytearray(hash_chain_result(root(leaves_of(batch))))]
    paper = papers[data.draw(st.integers(0, 1))]
    bit = data.draw(st.integers(0, len(paper) * 8 - 1))
    paper[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadSignature):
        verify_chain(bytes(papers[0]), bytes(papers[1]), inputs_of(*batch[index]), ours=True)


def test_a_node_is_never_shown_as_a_message() -> None:
    """Two messages signed in one batch are not one message with a body, and a body is not a branch of the tree."""
    one, two = b"GET one", b"GET two"
    spliced = hash_chain_result(root([leaf(one, None), leaf(two, None)]))
    fake = chain_of([(one, two)], 0)
    with pytest.raises(BadSignature):
        verify_chain(fake, spliced, inputs_of(one, two), ours=True)
    with pytest.raises(ValueError, match="hash step"):
        leaf(one, step(h(b"never signed")))
    with pytest.raises(ValueError, match="hash step"):
        leaf(step(h(one), h(two)), None)


def test_a_branch_hidden_in_a_body_is_refused_by_form_even_where_others_signed_it() -> None:
    body = step(h(b"never signed"))
    signed = hash_chain_result(h(step(h(b"real"), h(body))))
    hidden = chain_of([(b"real", None), (b"never signed", None)], 1).replace(base64.b64encode(leaf(b"real", None)), base64.b64encode(h(b"real")))
    verify_chain(hidden, signed, {"/message.xml": b"never signed"})  # what the scheme by itself lets through
    with pytest.raises(BadSignature, match="form of a hash step"):
        verify_chain(chain_of([(b"real", b"x")], 0).replace(base64.b64encode(h(b"x")), base64.b64encode(h(body))), signed, inputs_of(b"real", body))


def test_a_chain_of_another_leaf_is_not_made() -> None:
    with pytest.raises(ValueError, match="not the one"):
        hash_chain([leaf(b"a", None), leaf(b"b", None)], 0, h(b"b"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'URI="#STEP1"', b'URI="#STEP0"'),
        (b'URI="#STEP1"', b'URI="/other.xml#STEP1"'),
        (b'id="STEP1"', b'id="STEP0"'),
        (b"xmlenc#sha512", b"xmlenc#sha256"),
        (b"xmlenc#sha512", b"xmldsig-more#md5"),
        (b'URI="/message.xml"', b'URI="/attachment1"'),
        (b'URI="/message.xml"', b'URI="file:///etc/passwd"'),
        (b"<ns2:DataRef", b"<!-- x --><ns2:DataRef"),
        (b"<ns2:DataRef", b"<?x y?><ns2:DataRef"),
        (b"<ns2:DataRef", b"text<ns2:DataRef"),
        (b"<ns2:HashChain ", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><ns2:HashChain "),
        (b'encoding="UTF-8"', b'encoding="UTF-7"'),
        (b"            <DigestValue>", b'            <Transforms><Transform Algorithm="x"/></Transforms><DigestValue>'),
    ],
)
def test_unexpected_chains_are_refused(old: bytes, new: bytes) -> None:
    batch: list[Message] = [(b"a", None), (b"b", None)]
    chain = chain_of(batch, 0)
    changed = chain.replace(old, new)
    assert changed != chain
    with pytest.raises(BadSignature):
        verify_chain(changed, hash_chain_result(root(leaves_of(batch))), inputs_of(b"a", None), ours=True)


# Other people's chains


def xroad(name: str) -> bytes:
    return external("xroad", name).read_bytes()


def test_a_chain_of_x_road_holds_and_a_changed_message_does_not() -> None:
    chain, result, message = (xroad(f"hc-verifier1-{name}.xml") for name in ("hashchain", "hashchainresult", "message"))
    verify_chain(chain, result, {"/message.xml": message}, "/hashchain.xml")
    with pytest.raises(BadSignature, match="is not what the hash chain says"):
        verify_chain(chain, result, {"/message.xml": message + b" "}, "/hashchain.xml")
    with pytest.raises(BadSignature, match="does not mention"):
        verify_chain(chain, result, {"/message.xml": message, "/attachment1": b""}, "/hashchain.xml")


def test_transforms_are_refused_although_x_road_takes_them() -> None:
    """Under a transform two messages have one digest. Applied by hand, the chain of X-Road's own test holds."""
    chain, result, message = (xroad(f"hc-verifier3-{name}.xml") for name in ("hashchain", "hashchainresult", "message"))
    with pytest.raises(BadSignature, match="transforms"):
        verify_chain(chain, result, {"/message.xml": message}, "/hashchain.xml")
    plain = re.sub(rb"<Transforms>.*?</Transforms>\s*", b"", chain, flags=re.DOTALL)
    verify_chain(plain, result, {"/message.xml": _canonical(message)}, "/hashchain.xml")
    with pytest.raises(BadSignature, match="is not what the hash chain says"):
        verify_chain(xroad("hc-verifier3-hashchain-invalid.xml"), result, {"/message.xml": message}, "/hashchain.xml")


def _canonical(data: bytes) -> bytes:
    out = io.BytesIO()
    etree.ElementTree(etree.fromstring(data)).write_c14n(out, with_comments=False)
    return out.getvalue()


def test_chains_in_containers_of_x_road() -> None:
    for name, holds in (("valid-signed-hashchain.asice", True), ("invalid-signed-hashchain.asice", False)):
        with zipfile.ZipFile(external("xroad", name)) as archive:
            chain, result, message = (archive.read(entry) for entry in ("sig-hashchain.xml", "sig-hashchainresult.xml", "message.xml"))
        inputs = {"/message.xml": message, "/attachment1": None}
        if holds:
            verify_chain(chain, result, inputs)
            digests = [base64.b64decode(text) for text in re.findall(rb"<DigestValue>(.*?)<", chain)]
            assert hash_chain([h(step(*digests))], 0, digests[0], digests[1]) == chain.rstrip(b"\n") + b"\n", "ours is X-Road's, byte for byte"
        else:
            with pytest.raises(BadSignature):
                verify_chain(chain, result, inputs)


def test_a_batch_timestamp_of_x_road() -> None:
    with zipfile.ZipFile(external("xroad", "valid-non-batch-rest.asice")) as archive:
        chain, result, signatures = (archive.read(entry) for entry in ("ts-hashchain.xml", "ts-hashchainresult.xml", "META-INF/signatures.xml"))
    verify_chain(chain, result, {"/META-INF/signatures.xml": signatures}, TIMESTAMP_CHAIN)

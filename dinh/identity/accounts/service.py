"""Open accounts and sign in: number and password first, then a one-time code. No transaction is open while Argon2 works."""

from collections.abc import Sequence

from dinh.identity.accounts import passwords, store, totp
from dinh.identity.accounts.contracts import Account, AccountOpened, ConfirmedByFactor, Passed, SignedInByFactors, SignInRefused
from dinh.identity.accounts.limiter import Limiter
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, Invalid, NotFound, TooMany
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

LOCK_SECONDS = 15 * 60


def number_hash(node: Node, number: str) -> bytes:
    return keys.pseudonym(node, "number", number)


async def enrol(tx: WriteTx, who: Caller, person: str, number: str, password_hash: str, totp_secret: str) -> None:
    """Open an account of identity level 2 for a person whose identity the register has vouched for. Raises Conflict."""
    account_id = ids.new_id()
    sealed = keys.seal_for_node(tx.node, totp_secret.encode(), account_id.bytes)
    account = Account(account_id, person, password_hash, sealed, 2)
    if not await store.insert(tx, account, number_hash(tx.node, number)):
        raise Conflict("identity.account_exists")
    await events.append(tx, who, person, AccountOpened(person=person, level=2))


async def person_of(tx: ReadTx, number: str) -> str:
    """Whose account this is. Raises NotFound."""
    account = await store.by_number(tx, number_hash(tx.node, number))
    if account is None:
        raise NotFound("identity.no_account")
    return account.person


async def holders(tx: ReadTx, persons: Sequence[str], numbers: Sequence[str]) -> set[str]:
    """Of these references and numbers the persons who have an account here."""
    return await store.holders(tx, persons, [number_hash(tx.node, number) for number in numbers])


async def check_password(node: Node, who: Caller, number: str, password: str, address: str) -> Account:
    """The same answer and the same work for a wrong password and for no account. Raises Invalid or TooMany."""
    hashed = number_hash(node, number)
    if not await node.part(Limiter).allows(hashed.hex(), address):
        raise TooMany("identity.too_many", retry_after=LOCK_SECONDS)
    async with node.read(who) as tx:
        account = await store.by_number(tx, hashed)
    good = await passwords.matches(account.password_hash if account else None, password)
    if not good or account is None:
        async with node.write(who) as tx:
            await events.append(tx, who, hashed.hex()[:32], SignInRefused(account=hashed.hex()[:32], step="password"))
        raise Invalid("identity.wrong_password")
    await node.part(Limiter).forgive(hashed.hex(), address)
    return account


async def begin(tx: WriteTx, account: Account, next_: str) -> str:
    """The secret of the attempt, for the second step."""
    secret = ids.token()
    await store.insert_attempt(tx, ids.digest(secret), account.id, next_)
    return secret


async def finish(node: Node, who: Caller, attempt: str, typed: str, old: str, address: str) -> Passed:
    """A session with a new secret. Raises Invalid for a wrong, old or used code, TooMany past the limit."""
    async with node.write(who) as tx:
        found = await store.lock_attempt(tx, ids.digest(attempt))
    if found is None:
        raise Invalid("identity.start_again")
    account, next_ = found
    await _limit_codes(node, account, "sign-in", address)
    async with node.write(who) as tx:
        if not await _use_code(tx, account, typed):
            passed = None
            mark = keys.pseudonym(node, "account", str(account.id)).hex()[:32]
            await events.append(tx, who, mark, SignInRefused(account=mark, step="code"))
        else:
            await store.end_attempt(tx, ids.digest(attempt))
            await store.close_sign_in(tx, ids.digest(old))
            passed = Passed(await _open(tx, who, account), next_)
    if passed is None:
        raise Invalid("identity.wrong_code")
    await node.part(Limiter).forgive(f"sign-in:{account.id}", address)
    return passed


async def _limit_codes(node: Node, account: Account, use: str, place: str) -> None:
    if not await node.part(Limiter).allows(f"{use}:{account.id}", place):
        raise TooMany("identity.too_many", retry_after=LOCK_SECONDS)


async def _use_code(tx: WriteTx, account: Account, typed: str) -> bool:
    secret = keys.open_for_node(tx.node, account.totp_secret, account.id.bytes).decode()
    step = totp.step_of(secret, typed, tx.now.timestamp())
    return step is not None and await store.use_step(tx, account.id, step)


async def _open(tx: WriteTx, who: Caller, account: Account) -> str:
    secret, acr = ids.token(), f"urn:dinh:eid:id:{account.identity_level}:auth:2"
    await store.open_sign_in(tx, ids.digest(secret), ids.token(), account.id, acr)
    await events.append(tx, who, account.person, SignedInByFactors(person=account.person, acr=acr))
    return secret


async def confirm(node: Node, who: Caller, person: str, code: str, decisions: list[str]) -> None:
    """The person confirms decisions (their SHA-256 in hex) with a one-time code. Raises Invalid or TooMany."""
    async with node.read(who) as tx:
        account = await store.by_person(tx, person)
    if account is None:
        raise Invalid("identity.wrong_code")
    await _limit_codes(node, account, "decision", who.agency or "")
    async with node.write(who) as tx:
        good = await _use_code(tx, account, code)
        if good:
            await events.append(tx, who, person, *[ConfirmedByFactor(person=person, decision=decision) for decision in decisions])
    if not good:
        raise Invalid("identity.wrong_code")
    await node.part(Limiter).forgive(f"decision:{account.id}", who.agency or "")

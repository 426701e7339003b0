"""The report in a terminal's words."""

from collections.abc import Iterator

from dinh.app.retention.contracts import RunReport


def summary(report: RunReport) -> Iterator[str]:
    """For whoever runs the command, in plain English like every command."""
    verb = "disposed of" if report.applied else "would go"
    for one in report.classes:
        amount = one.disposed if report.applied else one.due - one.held
        yield f"{report.node}: {one.code}: {one.due:,} over, {amount:,} {verb}, {one.held:,} held"
        yield from (f"{report.node}:   held {held.reference}: {held.reason.rpartition('.')[2].removeprefix('held_')}" for held in one.holds)
    if report.proof is None:
        return
    proof = report.proof
    yield f"{report.node}: {proof.destroyed:,} keys destroyed, {proof.files_removed:,} files removed, {proof.events_verified:,} events intact"
    yield from (f"{report.node}: STILL READABLE: {scope}" for scope in proof.readable)
    if proof.backup_keys_left is None:
        yield f"{report.node}: no backup was found: one made earlier elsewhere keeps these keys until the next is made there"
    elif proof.backup_keys_left:
        yield f"{report.node}: a backup still opens {proof.backup_keys_left:,} of them"
    else:
        yield f"{report.node}: no backup opens them any more"

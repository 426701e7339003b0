"""What was found wrong, waiting for a keeper: taken on, corrected under four eyes, or accepted as right."""

from dinh.registers.queue.contracts import Finding, Opened, RecordCorrected, Wish
from dinh.registers.queue.pages import routes
from dinh.registers.queue.service import accept, approve, claim, open_finding, propose, queue, refuse

__all__ = ["Finding", "Opened", "RecordCorrected", "Wish", "accept", "approve", "claim", "open_finding", "propose", "queue", "refuse", "routes"]

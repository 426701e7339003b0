"""The forms of the administration, worded for a page and printed as accessible PDF."""

from dinh.cases.slips.contracts import CaseFacts, Sheet, SheetRow, Slip, SlipContent
from dinh.cases.slips.service import printed, receipt_of, sheet_of, table_of

__all__ = ["CaseFacts", "Sheet", "SheetRow", "Slip", "SlipContent", "printed", "receipt_of", "sheet_of", "table_of"]

"""A native chart: its XML, and the workbook that PowerPoint opens when somebody edits its numbers."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import xlsxwriter
from pptx.chart.data import ChartData
from xlsxwriter.utility import xl_col_to_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

SHEET = "Data"


def plain_number(value: float) -> float:
    """A number without what arithmetic left at its end: 0.8 - 0.1 is 0.7."""
    return float(f"{value:.10g}")


@dataclass(slots=True)
class Sheet:
    """Columns of a workbook, each a heading over its values; `None` leaves a cell empty."""

    columns: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def add(self, heading: str, values: Sequence[Any]) -> tuple[str, str]:
        """Write a column; gives the references of its heading and of its values."""
        letter = xl_col_to_name(len(self.columns))
        self.columns.append((heading, tuple(values)))
        return f"{SHEET}!${letter}$1", f"{SHEET}!${letter}$2:${letter}${len(values) + 1}"

    def as_file(self, made: dt.datetime) -> bytes:
        """The workbook."""
        into = io.BytesIO()
        book = xlsxwriter.Workbook(into, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": made})
        sheet = book.add_worksheet(SHEET)
        for place, (heading, values) in enumerate(self.columns):
            sheet.write_string(0, place, heading)
            for row, value in enumerate(values, start=1):
                if isinstance(value, str):
                    sheet.write_string(row, place, value)
                elif value is not None:
                    sheet.write_number(row, place, plain_number(value))
        book.close()
        return into.getvalue()


class NativeChart(ChartData):
    """A chart that is written already, in the form in which python-pptx takes one."""

    def __init__(self, markup: str, sheet: Sheet, made: dt.datetime) -> None:
        """Keep what is written: the chart's XML, its workbook, and the day that the workbook names."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.markup = markup
        self.sheet = sheet
        self.made = made

    def xml_bytes(self, chart_type: Any) -> bytes:  # noqa: ARG002 - python-pptx asks every chart by its type
        """The chart's part."""
        return self.markup.encode()

    @property
    def xlsx_blob(self) -> bytes:
        """The workbook's part."""
        return self.sheet.as_file(self.made)

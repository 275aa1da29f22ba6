"""The hash by which GitHub code scanning knows a line again (`primaryLocationLineHash`).

A polynomial modulo 2^64 over the 100 UTF-16 units from the start of the line on, blanks and tabs left out, CR and CRLF read as LF; the text
ends with one unit of 65535 and is filled up with zeros. Behind the colon stands how often this hash has been there so far.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from itertools import accumulate

WINDOW = 100
BASE = 37
MASK = 2**64 - 1
FIRST = pow(BASE, WINDOW, 2**64)
LINE_END = 10
UTF_16 = f"utf-16-{sys.byteorder[0]}e"
END = "\uffff"


def line_hashes(source: str | bytes) -> list[str]:
    """The hash of each line, the first line's at 0; of the text as it stands in the file, or of its bytes.

    A file that ends with a line end has one more, empty line.
    """
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    units, starts = _units(text)
    # With the hash of all units up to each place, that of a window is a subtraction.
    upto = array("Q", accumulate(units, lambda so_far, unit: (so_far * BASE + unit) & MASK, initial=0))
    seen: Counter[int] = Counter()
    rows = []
    for start in starts:
        value = (upto[start + WINDOW] - upto[start] * FIRST) & MASK
        seen[value] += 1
        rows.append(f"{value:x}:{seen[value]}")
    return rows


def _units(text: str) -> tuple[array[int], list[int]]:
    """The units that count, and where among them each line starts.

    Of a line its first 100 are enough: no window reaches further into it. So a line of a million characters costs no more than a full one.
    """
    units = array("H")
    starts = []
    whole = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "") + END
    for line in whole.split("\n"):
        starts.append(len(units))
        # A character is one unit or two.
        units.frombytes(f"{line[:WINDOW]}\n".encode(UTF_16, "surrogatepass")[: 2 * WINDOW])
    if units[-1] == LINE_END:  # the text's last line has none
        units.pop()
    units.extend([0] * WINDOW)
    return units, starts

"""Code 128: the bars of a document's code, which any reader for the counter turns back into the same letters.

Source of the symbols, their values and the check character: ISO/IEC 15417:2007, tables 1 and 2. Only code set B is
used, since a document's code is short and mixes digits with letters; a library would be more than the task.
"""

LONGEST = 24
"""Letters that still give bars of a width which a thermal printer can print, on the narrowest paper."""
_FIRST, _LAST = " ", "~"
_START_B, _STOP, _MODULO = 104, 106, 103
_SYMBOLS = tuple(
    """
    212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
    123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
    232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
    313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
    111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
    111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
    114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112
    """.split()  # noqa: SIM905 - as the table reads
)
"""The widths of bar, space, bar, … of each value, in modules; the last is the stop."""


def bars(code: str) -> tuple[int, ...]:
    """Return the widths in modules of bar, space, bar, … of a code; nothing where it can't be said in bars."""
    if not code or len(code) > LONGEST or not all(_FIRST <= letter <= _LAST for letter in code):
        return ()
    values = [_START_B, *(ord(letter) - ord(_FIRST) for letter in code)]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % _MODULO
    return tuple(int(width) for value in (*values, check, _STOP) for width in _SYMBOLS[value])

"""Writes the table of 128-bit powers of five for float.c (Lemire 2021, "Number parsing at a gigabyte per second").

For q from -342 to 308: the 128 most significant bits of 5**q, rounded down where q >= 0 and up where q < 0.
"""

import sys


def significand(q: int) -> int:
    if q >= 0:
        value = 5**q
        length = value.bit_length()
        return value << (128 - length) if length <= 128 else value >> (length - 128)
    power = 5**-q
    z = (power - 1).bit_length()
    value = (1 << (z + 127 if q >= -27 else 2 * z + 128)) // power + 1
    while value >= 1 << 128:
        value //= 2
    return value


def main() -> None:
    with open(sys.argv[1], "w", encoding="ascii") as out:
        for q in range(-342, 309):
            value = significand(q)
            out.write(f"{{0x{value >> 64:016x}u, 0x{value & (2**64 - 1):016x}u}},\n")


main()

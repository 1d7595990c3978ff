"""Writes the table of a byte's bits for scan.c: where those that are set stand, zeros behind them."""

import sys


def main() -> None:
    with open(sys.argv[1], "w", encoding="ascii") as out:
        for byte in range(256):
            places = [bit for bit in range(8) if byte >> bit & 1]
            out.write("{" + ", ".join(map(str, places + [0] * (8 - len(places)))) + "},\n")


main()

"""Writes the two-octet part of GB18030 as a table: generate_gbk.py OUT. Rows 81..fe, columns 40..fe; 0 where nothing is."""
import sys

rows = []
for lead in range(0x81, 0xff):
    row = []
    for trail in range(0x40, 0xff):
        try:
            text = bytes((lead, trail)).decode("gb18030")
            row.append(ord(text) if len(text) == 1 and ord(text) < 0x10000 else 0)
        except UnicodeDecodeError:
            row.append(0)
    rows.append("{{" + ",".join(map(hex, row)) + "}},")
with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("\n".join(rows) + "\n")

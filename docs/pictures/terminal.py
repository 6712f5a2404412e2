"""Draws docs/images/terminal.svg: commands typed into a real terminal, and what it showed.

pip install pyte    # emulates the terminal
python docs/pictures/terminal.py
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import pyte
import rich._export_format
from rich.console import Console
from rich.text import Text

COMMANDS = (
    "ganzoo list model",
    "ganzoo train dcgan --dataset digits --epochs 20 --out digits",
    "ganzoo sample digits --num 16 --out samples.png",
)
COLUMNS, LINES = 108, 80
IMAGE = Path(__file__).resolve().parents[1] / "images" / "terminal.svg"

# An image must not fetch anything: the viewer's own monospaced font will do.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", rich._export_format.CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def shown(command: str, folder: str) -> list[Text]:
    """The lines that a terminal shows once the command has ended."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        command.split(),
        cwd=folder,
        stdin=writer,
        stdout=writer,
        stderr=writer,
        env=os.environ | {"PATH": path, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)},
    )
    os.close(writer)
    while True:
        try:
            data = os.read(reader, 65536)
        except OSError:  # the command has closed its end
            break
        if not data:
            break
        stream.feed(data)
    if process.wait():
        raise SystemExit(f"{command} failed")
    lines = [_line(screen, row) for row in range(LINES)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return lines


def _line(screen: pyte.Screen, row: int) -> Text:
    line = Text()
    for column in range(COLUMNS):
        character = screen.buffer[row][column]
        colour = None if character.fg == "default" else character.fg.replace("brown", "yellow")
        if colour and re.fullmatch("[0-9a-f]{6}", colour):
            colour = f"#{colour}"
        style = " ".join(filter(None, ("bold" if character.bold else "", colour)))
        line.append(character.data, style=style)
    line.rstrip()
    return line


def main() -> None:
    """Runs the commands one after another and writes the picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            for line in shown(command, folder):
                console.print(line, no_wrap=True, crop=True)
            console.print()
    IMAGE.write_text(console.export_svg(title="GanZoo", code_format=FORMAT), encoding="utf-8")


if __name__ == "__main__":
    main()

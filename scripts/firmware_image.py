"""Makes an image of the seal reader's firmware, for `sealgate reader update`, and the key that images are signed with.

usage: python scripts/firmware_image.py key FILE          makes a key: FILE, and FILE.pub for the readers
       python scripts/firmware_image.py build --key FILE --out IMAGE [--firmware DIR]
                                                          compiles and signs the modules in firmware/ that images hold

Exit codes: 0 done; 1 a module does not compile; 2 wrong use; 3 a file fails, or is not what it should be.
"""

import argparse
import sys
from pathlib import Path

from mpremote.romfs import VfsRomWriter

from kiosk.core.errors import SealgateError
from kiosk.reader_firmware import FIRMWARE, PACKAGES, NotCompiled, compiled, version_of
from kiosk.reader_images import make_key, public_text, read_key, signed_image


def _add(image: VfsRomWriter, folder: Path, root: Path) -> None:
    image.opendir(folder.name)
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name != "__pycache__":
            _add(image, path, root)
        elif path.suffix == ".py":
            image.mkfile(path.with_suffix(".mpy").name, compiled(path, str(path.relative_to(root))))
    image.closedir()


def content_of(firmware: Path) -> bytes:
    """The image of a firmware's modules: the same for the same modules and the same compiler.

    Raises:
        NotCompiled: One does not compile.
        OSError: One cannot be read.
    """
    image = VfsRomWriter()
    for package in PACKAGES:
        _add(image, firmware / package, firmware)
    content: bytes = image.finalise()
    return content


def build(key: Path, out: Path, firmware: Path) -> None:
    """Makes an image file."""
    secret = read_key(key)
    image = signed_image(version_of(firmware), content_of(firmware), secret)
    image.write(out)
    print(f"{out}: firmware {image.version}, {len(image.data)} bytes, SHA-256 {image.sha256.hex()}")


def key_pair(path: Path) -> None:
    """Makes a key and its public half."""
    public = public_text(make_key(path).public_key())
    path.with_name(f"{path.name}.pub").write_text(public, encoding="ascii")
    print(f"{path}: keep it secret. {path}.pub: for the readers: {public}", end="")


def main(arguments: list[str]) -> int:
    """Run the command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="firmware_image.py")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("key").add_argument("file", type=Path)
    options = commands.add_parser("build")
    options.add_argument("--key", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--firmware", type=Path, default=FIRMWARE)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "key":
            key_pair(chosen.file)
        else:
            build(chosen.key, chosen.out, chosen.firmware)
    except NotCompiled as error:
        print(f"firmware_image.py: {error}", file=sys.stderr)
        return 1
    except (SealgateError, OSError, ValueError) as error:
        print(f"firmware_image.py: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Makes the software bill of materials: everything that a kiosk consists of, as CycloneDX 1.6 in JSON (docs/sbom.md).

usage: python scripts/sbom.py LOCK [--out FILE]   for the kiosks of one lock: kiosk, pi or pi5; on stdout without a file
       python scripts/sbom.py --check             makes all three, and holds them against CycloneDX's schema

The same files give the same bytes. There is no time in it unless SOURCE_DATE_EPOCH gives one.

Exit codes: 0 done; 1 one is not valid; 2 wrong use; 3 a file fails.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import tomllib
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from packageurl import PackageURL

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.locked import Locked, locked  # noqa: E402 - the path above leads to it

LOCKS: Final = ROOT / "scripts/locks"
KINDS: Final = ("kiosk", "pi", "pi5")
"""Locks that kiosks are installed from."""

DEVELOPERS: Final = frozenset({"test", "pi"})
"""Scopes of scripts/debian-packages.txt that no kiosk needs."""

NAMESPACE: Final = uuid.UUID("6f1c6cf0-7d5c-4f0c-9a53-1f3b1f1f6a0e")
"""Of serial numbers, each made from what its bill says (RFC 9562, version 5)."""


class Inside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a package's wheel carries of others.

    Attributes:
        of: The package.
        name: What is in it.
        licence: An SPDX expression.
        version: Where the wheel tells it.
    """

    of: str
    name: str
    licence: str
    version: str | None = None


class FirmwarePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What runs on the seal reader beside the project's own code.

    Attributes:
        name: Its name.
        licence: An SPDX expression.
        least: The least version that will do.
    """

    name: str
    licence: str
    least: str | None = None


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What scripts/sbom.toml holds."""

    licences: dict[str, str]
    inside: tuple[Inside, ...]
    firmware: tuple[FirmwarePart, ...]


def known(root: Path = ROOT) -> Known:
    """What is known beside the locks."""
    return msgspec.toml.decode((root / "scripts/sbom.toml").read_bytes(), type=Known)


def debian_packages(root: Path = ROOT) -> list[str]:
    """The Debian packages that an installed kiosk needs, by what scripts/setup installs."""
    found = set()
    for line in (root / "scripts/debian-packages.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            package, _, scope = line.split()
            if scope not in DEVELOPERS:
                found.add(package)
    return sorted(found)


def make(lock: str, root: Path = ROOT) -> str:
    """The bill of materials of the kiosks of one lock.

    Args:
        lock: One of KINDS.
        root: The checkout.

    Raises:
        LookupError: scripts/sbom.toml does not give a package's licence.
    """
    beside = known(root)
    product = _product(root)
    packages = [_package(each, beside) for each in locked(root / "scripts/locks" / f"{lock}.txt")]
    system = [_debian(name) for name in debian_packages(root)]
    parts = [_firmware_part(each) for each in beside.firmware]
    reader = _reader(root)
    bom = Bom(components=[*packages, *system, reader, *parts])
    bom.metadata.component = product
    bom.metadata.properties = [Property(name="sealgate:lock", value=lock)]
    bom.register_dependency(product, [*packages, *system, reader])
    bom.register_dependency(reader, parts)
    return _written(bom)


def is_valid(text: str) -> str:
    """Hold a bill against CycloneDX's schema.

    Returns:
        What is wrong; empty when nothing is.
    """
    from cyclonedx.validation.json import JsonStrictValidator  # seconds to load

    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if wrong is None else str(wrong)


def _product(root: Path) -> Component:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        description=project["description"],
        bom_ref="sealgate",
    )


def _package(package: Locked, beside: Known) -> Component:
    licence = beside.licences.get(package.name)
    if licence is None:
        raise LookupError(f"scripts/sbom.toml: expected the licence of {package.name}, got none; add its line")
    purl = PackageURL("pypi", None, package.name, package.version)
    # The lock names no place to fetch from, so the package's own URL stands for that.
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes]
    files = ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(str(purl)), hashes=hashes)
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseExpression(licence)],
        external_references=[files],
        properties=[Property(name="sealgate:marker", value=package.marker)] if package.marker else [],
        components=[_inside(each) for each in beside.inside if each.of == package.name],
    )


def _inside(part: Inside) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        name=part.name,
        version=part.version,
        bom_ref=f"{part.of}/{part.name}",
        purl=PackageURL("generic", None, part.name, part.version),
        licenses=[LicenseExpression(part.licence)],
    )


def _debian(name: str) -> Component:
    purl = PackageURL("deb", "debian", name)
    version = Property(name="sealgate:version", value="that of the machine's own Debian")
    return Component(type=ComponentType.LIBRARY, name=name, bom_ref=str(purl), purl=purl, properties=[version])


def _reader(root: Path) -> Component:
    """The firmware of the seal reader."""
    said = re.search(r'^VERSION = "(.+)"$', (root / "firmware/reader/__init__.py").read_text(), re.MULTILINE)
    assert said is not None, "the firmware says its version"
    return Component(
        type=ComponentType.FIRMWARE, name="sealgate-seal-reader", version=said[1], bom_ref="sealgate-seal-reader"
    )


def _firmware_part(part: FirmwarePart) -> Component:
    least = [Property(name="sealgate:least", value=part.least)] if part.least else []
    return Component(
        type=ComponentType.FIRMWARE if part.least else ComponentType.LIBRARY,
        name=part.name,
        bom_ref=part.name,
        purl=PackageURL("generic", None, part.name),
        scope=ComponentScope.OPTIONAL,  # where the site has seal readers
        licenses=[LicenseExpression(part.licence)],
        properties=least,
    )


def _written(bom: Bom) -> str:
    """The bill as text: by whom and when it was made is left out, and its serial number follows from the rest."""
    bill = json.loads(JsonV1Dot6(bom).output_as_string())
    for key in ("timestamp", "tools"):
        bill["metadata"].pop(key, None)
    del bill["serialNumber"]
    if seconds := os.environ.get("SOURCE_DATE_EPOCH"):
        bill["metadata"]["timestamp"] = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha256(_text(bill).encode()).hexdigest()
    return _text({**bill, "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, digest)}"})


def _text(bill: object) -> str:
    return json.dumps(bill, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _check(locks: Iterable[str]) -> int:
    for lock in locks:
        if wrong := is_valid(make(lock)):
            sys.stderr.write(f"{lock}: expected a bill of materials as CycloneDX 1.6 has it, got {wrong}\n")
            return 1
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives its exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="scripts/sbom.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lock", nargs="?", choices=KINDS)
    parser.add_argument("--out", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.check == (asked.lock is not None):
        parser.error("expected a lock, or --check")
    try:
        if asked.check:
            return _check(KINDS)
        text = make(asked.lock)
        if asked.out is None:
            sys.stdout.write(text)
        else:
            asked.out.write_text(text, encoding="utf-8")
    except (OSError, LookupError, ValueError) as fault:
        sys.stderr.write(f"scripts/sbom.py: {fault}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

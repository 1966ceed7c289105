"""A synthetic file as the partner would send it, for any contract: no code here knows a partner.

People come from :mod:`passerelle.population`; everything else comes from the contract's sample hints, code lists and types. Without
defects the file checks clean. The same request gives the same file, byte for byte; files of any size are written in little memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from passerelle.contract.model import Contract, Format
from passerelle.derive.synthetic import delimited_file, fixed_file, json_file, wrapping, xlsx_file, xml_file
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.records import SampleRequest

_Write = Callable[[Contract, SampleRequest, Path], tuple[int, list[Defect]]]
_WRITERS: dict[Format, _Write] = {
    "delimited": delimited_file.write,
    "fixed": fixed_file.write,
    "jsonlines": json_file.write,
    "xlsx": xlsx_file.write,
    "xml": xml_file.write,
}


@dataclass(frozen=True)
class SampleFile:
    """The file that was written."""

    path: Path
    rows: int
    defects: tuple[Defect, ...] = field(default=())


def write_sample(contract: Contract, out_dir: Path, *, request: SampleRequest, certificate: bytes | None = None) -> SampleFile:
    """Writes the file into ``out_dir`` (made if need be), under the name the contract gives it; a half-written file ends in ``.part``.

    ``certificate``: the public OpenPGP key to which files of an encrypted feed are encrypted; ConfigurationError when it is missing.
    Encrypted files differ each time, as they must.
    """
    wrapping.check(contract, certificate)
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / contract.layout.name_template.format(date=f"{request.as_of:%Y%m%d}", sequence=f"{request.sequence:07d}")
    part = path.with_name(f"{path.name}.part")
    rows, defects = _WRITERS[contract.layout.format](contract, request, part)
    wrapping.wrap(contract, part, path.name, certificate)
    part.replace(path)
    return SampleFile(path, rows, tuple(defects))

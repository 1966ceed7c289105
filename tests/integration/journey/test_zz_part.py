from installation import rows, product_contract
from passerelle import journey
from passerelle.derive.mutate import mutate
def test_part(place, opened):
    good = place.sample("ccas-valcombe", 30).path
    text = good.read_bytes().split(b"\r\n")
    import re
    bad = [re.sub(rb"\d\d/\d\d/19\d\d", b"31/02/1980", line, count=1) if i in (5, 9) else line for i, line in enumerate(text)]
    p = place.folder / good.name; p.write_bytes(b"\r\n".join(bad)); place.drop("ccas-valcombe", p)
    journey.run(opened, ["ccas/accompagnement"])
    (c,) = (place.sftp.root("ccas-valcombe") / "retours").glob("CORRECTION_*")
    q = place.folder / c.name; q.write_bytes(c.read_bytes().replace(b"31/02/1980", b"28/02/1980", 1)); place.drop("ccas-valcombe", q)
    journey.run(opened, ["ccas/accompagnement"])
    import json
    (cri,) = (place.sftp.root("ccas-valcombe") / "retours").glob("CRI-*-000002_*.json")
    print(json.loads(cri.read_text())["open"]); print([x.name for x in (place.sftp.root("ccas-valcombe") / "retours").glob("CORRECTION_*")])
    assert 0

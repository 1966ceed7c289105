"""What docs/install.md tells people to write is what the program and docker-compose.yml accept."""

import json
import re
from pathlib import Path

import pytest
import yaml

from passerelle import settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def example(tmp_path: Path) -> settings.Settings:
    path = tmp_path / "settings.yaml"
    path.write_text(_block("yaml"), encoding="utf-8")
    return settings.load(path)


def test_the_settings_of_the_page_are_valid_and_name_a_feed_that_exists(example: settings.Settings) -> None:
    for sender in example.senders:
        assert all((ROOT / "contracts" / f"{feed}.odcs.yaml").is_file() for feed in sender.feeds)


def test_the_gateway_and_the_partner_share_one_folder_and_the_partner_cannot_change_receipts(example: settings.Settings) -> None:
    partner, gateway = json.loads(_block("json"))["users"]
    account = example.senders[0].sftp
    assert gateway["username"] == account.username
    assert gateway["home_dir"] == partner["home_dir"]
    assert partner["permissions"].keys() == {"/", f"/{account.inbox}", f"/{account.done}", f"/{account.outbox}"}
    assert partner["permissions"][f"/{account.outbox}"] == ["list", "download"]
    assert "upload" not in partner["permissions"]["/"]


def test_every_secret_of_the_compose_file_is_made_by_the_page() -> None:
    secrets = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["secrets"]
    names = {secret["file"].rsplit("/", 1)[1] for secret in secrets.values()}
    missing = {name for name in names if not re.search(rf"(> |-f |`){re.escape(name)}\b", PAGE)}
    assert not missing


def test_every_folder_of_the_settings_is_one_the_compose_file_mounts(example: settings.Settings) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    mounted = {re.sub(r":ro$", "", volume).rsplit(":", 1)[1] for volume in compose["services"]["scheduler"]["volumes"]}
    for folder in (example.contracts, example.expectations, example.vault, example.work):
        assert any(folder == Path(place) or Path(place) in folder.parents for place in mounted), folder


def test_every_page_named_in_the_documentation_exists() -> None:
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "CHANGELOG.md"]:
        prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} → {target}"

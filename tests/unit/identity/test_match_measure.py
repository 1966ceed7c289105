"""The figures of ``identity measure``, on links whose every figure can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from passerelle.cli.identity import app
from passerelle.errors import ConfigurationError
from passerelle.identity.measure import bounds, measure

TRUTH = "record_id,truth_id,source\na1,P1,A\na2,P2,A\na3,P3,A\nb1,P1,B\nb2,P2,B\nb3,P4,B\nb4,P3,B\n"
LINKS = "left_id,right_id,verdict,score,rule\na1,b1,same,9,N1\na2,b3,same,9,A1\na2,b2,review,5,ranked\na3,b3,review,1,ranked\n"


def written(folder: Path, links: str, truth: str = TRUTH) -> tuple[Path, Path]:
    (folder / "liens.csv").write_text(links, encoding="utf-8")
    (folder / "verite.csv").write_text(truth, encoding="utf-8")
    return folder / "liens.csv", folder / "verite.csv"


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 1_000_000, 0.0, 3.6889e-6), (4, 1_150_602, 9.472e-7, 8.901e-6), (5, 10, 0.187086, 0.812914), (10, 10, 0.691503, 1.0)],
)
def test_bounds_are_those_of_clopper_and_pearson(hits: int, total: int, low: float, high: float) -> None:
    assert bounds(hits, total) == pytest.approx((low, high), rel=1e-3)


def test_every_figure_of_two_files(tmp_path: Path) -> None:
    figures = measure(*written(tmp_path, LINKS))
    assert figures["true_pairs"] == 3
    assert (figures["false_links"]["count"], figures["links"]) == (1, 2)
    assert figures["recall_automatic"]["share"] == pytest.approx(1 / 3)
    assert figures["recall_final"]["share"] == pytest.approx(2 / 3)
    assert figures["reviews_per_1000"] == 500
    assert figures["reviews_true"]["share"] == 0.5


def test_without_sources_a_record_no_link_names_still_counts(tmp_path: Path) -> None:
    truth = "\n".join(line.rsplit(",", 1)[0] for line in TRUTH.splitlines()) + "\n"
    assert measure(*written(tmp_path, LINKS, truth))["true_pairs"] == 3


def test_clusters_of_one_file_are_joined_by_the_reviews_that_are_true(tmp_path: Path) -> None:
    links, truth = written(
        tmp_path,
        "record_id,cluster_id\nr1,r1\nr2,r1\nr3,r3\nr4,r3\nr5,r5\n",
        "record_id,truth_id\nr1,P1\nr2,P1\nr3,P1\nr4,P2\nr5,P2\n",
    )
    reviews = tmp_path / "relire.csv"
    reviews.write_text("left_id,right_id,verdict,score,rule\nr2,r3,review,5,ranked\nr1,r5,review,1,ranked\n", encoding="utf-8")
    figures = measure(links, truth, reviews)
    assert (figures["true_pairs"], figures["links"], figures["false_links"]["count"]) == (4, 2, 1)
    assert figures["recall_automatic"]["count"] == 1
    assert figures["recall_final"]["count"] == 3
    assert figures["reviews_true"]["share"] == 0.5


@pytest.mark.parametrize("links", ["x,y\n1,2\n", ""], ids=["other columns", "nothing"])
def test_a_file_that_holds_no_links_is_refused(tmp_path: Path, links: str) -> None:
    with pytest.raises(ConfigurationError):
        measure(*written(tmp_path, links))


def test_the_commands_match_and_measure_two_files(tmp_path: Path) -> None:
    left, right = tmp_path / "a.csv", tmp_path / "b.csv"
    head = "record_id;birth_name;given_names;birth_date;sex;email\n"
    left.write_text(f"{head}a1;DUPONT;MARIE;1980-05-12;F;m@x.example\na2;MARTIN;PAUL;1971-03-04;M;\n", encoding="utf-8")
    right.write_text(f"{head}b1;Dupont;Marie;12/05/1980;F;m@x.example\n", encoding="utf-8")
    answer = CliRunner().invoke(app, ["match", str(left), str(right), "--out", str(tmp_path / "liens.csv"), "--json"])
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "liens.csv").read_text(encoding="utf-8").splitlines()[1].startswith("a1,b1,same,")
    (tmp_path / "verite.csv").write_text("record_id,truth_id\na1,P1\na2,P2\nb1,P1\n", encoding="utf-8")
    measured = CliRunner().invoke(app, ["measure", str(tmp_path / "liens.csv"), str(tmp_path / "verite.csv")])
    assert measured.exit_code == 0, measured.output
    assert "1 / 1" in measured.output


def test_a_false_link_ends_the_measure_with_status_1_and_a_bad_file_with_2(tmp_path: Path) -> None:
    links, truth = written(tmp_path, LINKS)
    assert CliRunner().invoke(app, ["measure", str(links), str(truth), "--json"]).exit_code == 1
    assert CliRunner().invoke(app, ["measure", str(truth), str(truth)]).exit_code == 2

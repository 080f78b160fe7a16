"""The notebook of the lesson runs top to bottom, and what it says is what it shows."""

import copy
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from scipy.spatial import KDTree
from torch import Tensor

import vae_core
from tests.proofs import LIBRARY
from vae_core.pretrained import load_history

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "lesson.ipynb"
STOPS = (
    "Play",
    "Two numbers",
    "A cloud, not a point",
    "Holes",
    "The bill",
    "The bound",
    "Blur",
    "Use it",
    "Exit",
)
EXERCISES = (
    "(a) A KL with the wrong sign",
    "(b) A decoder that is given noise, but not the encoder's",
    "(c) A mean instead of a sum",
    "(d) A forward pass with an undefined dimension",
)
# What is read after a cell of the notebook has run, by the cell's id.
PROBES = {
    "two-numbers-run-2": "distortions.tolist()",
    "cloud-run-2": "[t[0].tolist() for t in (mean.grad, std.grad, epsilon)]",
    "holes-run-2": "[codes.tolist(), {n: h.double().mean().item() for n, h in in_hole.items()}]",
    "holes-run-3": "[p.diff(dim=3).abs().mean().item() for p in (from_holes, noise)]",
    "bill-run-3": "[rate.item(), distortion.item(), averaged.item(), beta784.item()]",
    "bound-run-3": "[x.tolist(), posterior.log_prob, bound, gap, kl, modes.mass.tolist()]",
    "blur-run-2": "[each, mean]",
    "use-it-run-1": "log_probs.tolist()",
    "wrong-run-7": "[distortion.item(), right_bill]",
    "wrong-a-run-1": "a_bill",
    "wrong-b-run-2": "[b_bill, b_gradients]",
    "wrong-c-run-1": "[c_bill, beta_bill]",
    "wrong-d-run-2": "repr(undefined)",
}


run_through = pytest.mark.proof("docs/lesson.ipynb", "weights/*/*.[js]*", *LIBRARY)


@pytest.fixture(scope="module")
def lesson() -> Any:
    return nbformat.read(NOTEBOOK, nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def shown(lesson: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the probes read in a run from top to bottom, in a folder docs beside the library."""
    top = tmp_path_factory.mktemp("checkout")
    docs = top / "docs"
    docs.mkdir()
    for name in ("vae_core", "weights"):
        (top / name).symlink_to(ROOT / name, target_is_directory=True)
    run, cells = copy.deepcopy(lesson), []
    for cell in run.cells:
        cells.append(cell)
        if cell.id in PROBES:
            probe = copy.deepcopy(cell)
            probe.source = f"print(json.dumps({PROBES[cell.id]}))"
            probe.id += "-probe"
            cells.append(probe)
    run.cells = cells
    with pytest.MonkeyPatch.context() as patch:
        for place in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(place, str(top / "jupyter"))
        patch.setenv("IPYTHONDIR", str(top / "ipython"))
        patch.delenv("LATENT_LAB_DATA", raising=False)
        patch.delenv("PYTHONPATH", raising=False)
        where = {"metadata": {"path": str(docs)}}
        NotebookClient(run, timeout=120, kernel_name="python3", resources=where).execute()
    assert not [*docs.iterdir()]
    return {
        cell.id.removesuffix("-probe"): json.loads(cell.outputs[0].text)
        for cell in run.cells
        if cell.id.endswith("-probe")
    }


def sections(lesson: Any) -> dict[str, list[Any]]:
    """The cells under each heading, by the heading."""
    found: dict[str, list[Any]] = {}
    for cell in lesson.cells:
        heading = re.match(r"#+ (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            found[heading[1]] = []
        found[[*found][-1]].append(cell)
    return found


def code_of(lesson: Any) -> list[Any]:
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def test_it_is_a_valid_notebook_without_outputs(lesson: Any) -> None:
    nbformat.validate(lesson)
    assert (lesson.nbformat, lesson.nbformat_minor) == (4, 5)
    assert lesson.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in lesson.cells}) == len(lesson.cells)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_of(lesson))


def test_a_cell_of_code_has_at_most_ten_lines(lesson: Any) -> None:
    lines = {cell.id: cell.source.splitlines() for cell in code_of(lesson)}
    assert {name for name, code in lines.items() if len(code) > 10} == set()
    assert {name for name, code in lines.items() if max(map(len, code)) > 100} == set()


def test_the_nine_stops_stand_in_order_and_have_one_form(lesson: Any) -> None:
    under = sections(lesson)
    titles = [f"Stop {number}: {title}" for number, title in enumerate(STOPS, 1)]
    assert [heading for heading in under if heading.startswith("Stop")] == titles
    for title in titles:
        first, *runs, last = under[title]
        assert "**Predict first:**" in first.source
        assert "**Then** run" in first.source
        assert 1 <= len(runs) <= 3
        assert {cell.cell_type for cell in runs} == {"code"}
        assert last.source.startswith("**Why.**")
        assert "$$" in last.source
        assert "Computed by" in last.source
    assert under[titles[-1]][0].source.count("<details>") == 5


def test_each_exercise_is_asked_run_and_answered(lesson: Any) -> None:
    under = sections(lesson)
    assert "Wrong turns" in under
    assert [*under][-4:] == [*EXERCISES]
    for title in EXERCISES:
        question, *runs, answer = under[title]
        asked = " ".join(question.source.split())
        assert "**What happens" in asked
        assert "how would you notice?**" in asked
        assert {cell.cell_type for cell in runs} == {"code"}
        assert answer.source.startswith("<details><summary>Answer</summary>")


def test_what_it_says_computes_a_formula_exists(lesson: Any) -> None:
    computed = [cell.source for cell in lesson.cells if "Computed by" in cell.source]
    assert len(computed) == len(STOPS)
    for source in computed:
        files = re.findall(r"\]\(\.\./([\w/]+\.py)\)", source)
        code = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
        names = re.findall(r"`([\w.]+)`", source.partition("Computed by")[2])
        assert names
        assert [name for name in names if f"def {name.split('.')[-1]}(" not in code] == []
    text = "".join(cell.source for cell in lesson.cells)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert [link for link in links if not (NOTEBOOK.parent / link).is_file()] == []


def test_it_starts_from_the_repositorys_root_too(lesson: Any) -> None:
    first = code_of(lesson)[:3]  # where the library is, imports, a model
    source = "\n".join(cell.source for cell in first)
    command = [sys.executable, "-I", "-c", source]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert "mnist-vae" in run.stdout


def test_the_linter_finds_the_undefined_dimension(lesson: Any) -> None:
    cell = next(cell for cell in lesson.cells if cell.id == "wrong-d-run-1")
    assert "# noqa: F821" in cell.source
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "-"]
    source = cell.source.replace("# noqa: F821", "")
    run = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "latent_dim" in run.stdout


def lattice(low: list[float], high: list[float], step: float) -> Tensor:
    """Centres of even cells between two corners, (k, 2)."""
    axes = [torch.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True)]
    return torch.cartesian_prod(*axes)


def log_joint(model: vae_core.VAE, x: Tensor, z: Tensor) -> Tensor:
    """log p(x|z) + log p(z) of one picture at each code, (k,) float64."""
    parts = [model.log_likelihood(x.expand(len(some), -1, -1, -1), some) for some in z.split(1000)]
    return torch.cat(parts).double() - 0.5 * z.double().square().sum(1) - math.log(2 * math.pi)


@pytest.mark.slow
@run_through
def test_the_bound_and_its_gap_are_what_other_sums_give(shown: dict[str, Any]) -> None:
    values, log_prob, bound, gap, kl, modes = shown["bound-run-3"]
    model, x = vae_core.load("mnist-vae"), torch.tensor(values)
    q = model.encode(x)

    # log p(x): wide cells, and narrow ones around the modes.
    low, high = [-0.8, -2.5], [0.7, -0.2]
    wide, narrow = lattice([-5, -3], [2, 2], 0.025), lattice(low, high, 0.01)
    outside = ((wide < torch.tensor(low)) | (wide > torch.tensor(high))).any(1)
    sums = [
        log_joint(model, x, z).logsumexp(0) + 2 * math.log(step)
        for z, step in ((wide[outside], 0.025), (narrow, 0.01))
    ]
    assert log_prob == pytest.approx(torch.stack(sums).logsumexp(0).item(), abs=0.02)

    # ELBO and KL: means over draws from q(z|x), each with its standard error.
    noise = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(5))
    log_q = -0.5 * noise.double().square().sum(1) - math.log(2 * math.pi) - 0.5 * q.logvar.sum()
    draws = log_joint(model, x, q.mean + q.std * noise) - log_q
    error = 5 * draws.std().item() / math.sqrt(len(draws))
    assert error < 0.5
    assert bound == pytest.approx(draws.mean().item(), abs=error)
    assert kl == pytest.approx(log_prob - draws.mean().item(), abs=error)
    assert gap == log_prob - bound
    assert kl == pytest.approx(gap, abs=0.005)
    assert bound < log_prob
    assert modes[1] > 0.3  # two modes


@pytest.mark.slow
@run_through
def test_the_holes_are_as_many_as_another_search_finds(shown: dict[str, Any]) -> None:
    codes, shares = shown["holes-run-2"]
    for name, share in shares.items():
        tree = KDTree(vae_core.load_encodings(name).mean.numpy())
        assert share == pytest.approx((tree.query(codes)[0] > 0.1).mean(), abs=0.001)
    assert shares["mnist-ae"] > 2 * shares["mnist-beta1"]
    from_holes, static = shown["holes-run-3"]
    assert static == pytest.approx(1 / 3, abs=0.01)  # of two even numbers in [0, 1]
    assert from_holes < static / 5


@pytest.mark.slow
@run_through
def test_a_mean_over_pixels_is_beta_784(shown: dict[str, Any]) -> None:
    rate, distortion, averaged, beta784 = shown["bill-run-3"]
    assert averaged == pytest.approx(rate + distortion / 784)
    assert beta784 == pytest.approx(784 * averaged)


@pytest.mark.slow
@run_through
def test_the_gradient_passes_through_the_sample(shown: dict[str, Any]) -> None:
    mean, std, epsilon = shown["cloud-run-2"]
    assert std == pytest.approx([slope * e for slope, e in zip(mean, epsilon, strict=True)])


@pytest.mark.slow
@run_through
def test_the_stops_say_what_was_shown(shown: dict[str, Any]) -> None:
    seven, letter = shown["two-numbers-run-2"]
    assert seven < letter
    each, mean = shown["blur-run-2"]
    assert each < mean
    two, upside_down, heart, boot = shown["use-it-run-1"]
    assert two > upside_down > heart > boot


def test_the_shipped_models_bear_out_what_is_said_of_them() -> None:
    names = ("mnist-beta025", "mnist-beta1", "mnist-beta4")
    known = [vae_core.load_encodings(name) for name in names]
    rates, distortions = ([k[i].mean().item() for k in known] for i in (3, 4))
    assert rates == sorted(rates, reverse=True)
    assert distortions == sorted(distortions)
    grey = []
    for name in (*names, "mnist-ae"):
        pictures = vae_core.load(name).decode(vae_core.load_encodings(name).mean[:500])
        grey.append((pictures * (1 - pictures)).flatten(1).sum(1).mean().item())
    assert grey[:3] == sorted(grey[:3])
    plain = vae_core.load_encodings("mnist-ae").distortion.mean().item()
    assert plain == pytest.approx(distortions[1], rel=0.02)  # blurred without any KL
    assert grey[3] == pytest.approx(grey[1], rel=0.02)
    card = json.loads((ROOT / "weights" / "mnist-vae" / "metrics.json").read_text("utf-8"))
    assert card["auroc"]["against"]["upside_down"]["log_prob"] < 0.9
    history = load_history("mnist-beta1")
    risen, fallen = (
        history.rate[-1] - history.rate[0],
        history.distortion[0] - history.distortion[-1],
    )
    assert 0 < risen < fallen


@pytest.mark.slow
@run_through
def test_the_wrong_turns_go_where_the_answers_say(shown: dict[str, Any]) -> None:
    of_mean_picture, (right_rate, right_distortion) = shown["wrong-run-7"]
    assert right_distortion < of_mean_picture - 20
    assert 1 < right_rate < 20

    rate, distortion = shown["wrong-a-run-1"]
    assert rate > 1e6
    assert distortion - rate < 0
    assert distortion > 2 * of_mean_picture

    (rate, distortion), (as_it_should, unrelated) = shown["wrong-b-run-2"]
    assert rate < 0.05
    assert distortion == pytest.approx(of_mean_picture, rel=0.02)
    assert as_it_should > 0
    assert unrelated is None

    (rate, distortion), beta784 = shown["wrong-c-run-1"]
    assert rate < 0.05
    assert distortion == pytest.approx(of_mean_picture, rel=0.02)
    assert beta784 == pytest.approx([rate, distortion], rel=0.01, abs=0.01)

    assert shown["wrong-d-run-2"] == """NameError("name 'latent_dim' is not defined")"""

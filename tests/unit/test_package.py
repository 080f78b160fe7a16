"""What `pip install` gives: a wheel in an environment that holds what it declares and no more."""

import os
import re
import subprocess
import sys
import textwrap
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout, built from its source distribution: both have to be whole."""
    folder = tmp_path_factory.mktemp("built")
    code = "from hatchling.build import build_sdist; import sys; print(build_sdist(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True)
    (sdist,) = folder.glob("*.tar.gz")
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*PIP, "wheel", *options, str(sdist)], cwd=folder, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a new environment that holds the wheel and what it requires, without extras."""
    return environment(wheel, "", tmp_path_factory.mktemp("environment"))


def environment(wheel: Path, extra: str, folder: Path) -> Path:
    """Python of a new environment: the wheel, and links to what it requires, nothing else.

    The links lead to the packages of the environment that runs this test, so that nothing has to be
    downloaded. What the wheel uses without declaring it is not there.
    """
    venv.create(folder / "venv", symlinks=os.name != "nt")
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = ["install", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([*PIP, "--python", str(python), *install], check=True)
    site = Path(run(python, folder, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    installed = Distribution.at(next(site.glob("vae_core-*.dist-info")))
    for name in required(installed.requires or [], {extra}):
        package = distribution(name)
        tops = {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}
        for top in {top for top in tops if not (site / top).exists()}:
            (site / top).symlink_to(Path(str(package.locate_file(top))))
    return python


def required(requirements: list[str], extras: set[str]) -> set[str]:
    """Names of the packages that these requirements ask for, and those ask for in turn."""
    names: set[str] = set()
    for requirement in map(Requirement, requirements):
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            continue
        own = distribution(requirement.name)
        names |= {requirement.name} | required(own.requires or [], requirement.extras)
    return names


def run(python: Path, folder: Path, code: str) -> str:
    """What a program prints that is run from `folder`, with that environment alone."""
    command = [str(python), "-I", "-W", "error", "-c", code]
    return subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def test_the_wheel_holds_the_library_and_two_models(wheel: Path) -> None:
    assert wheel.stat().st_size <= 15e6
    with ZipFile(wheel) as archive:
        files = [Path(name) for name in archive.namelist()]
    library = {file.parts[1] for file in files if file.parts[0] == "vae_core"}
    assert {file.parts[0] for file in files} - {"vae_core"} == {f"{wheel.name[:14]}.dist-info"}
    tracked = {path.name for path in (ROOT / "vae_core").iterdir()} - {"__pycache__"}
    assert library == tracked | {"weights"}
    models = {file.parts[2] for file in files if file.parts[:2] == ("vae_core", "weights")}
    assert models == {"mnist-vae", "mnist-cvae"}
    assert not [file for file in files if file.suffix in {".pyc", ".partial"}]


def test_the_library_works_from_any_folder(python: Path, tmp_path: Path) -> None:
    code = """
        import numpy, torch, vae_core
        from importlib.metadata import version
        assert vae_core.__version__ == version("vae-core")
        print(vae_core.__file__)
        model = vae_core.load("mnist-vae")
        stroke = numpy.zeros((28, 28), numpy.uint8)
        stroke[5:23, 12:16] = 255
        x = vae_core.images.prepare(stroke, model.config)
        q = model.encode(x)
        assert model.decode(q.mean).shape == (1, 1, 28, 28)
        exact = vae_core.exact.Grid(model, side=80).refine(x).log_prob
        bound = model.elbo(x)
        assert exact >= -float(bound.rate + bound.distortion) - 0.1
        assert vae_core.list_models() == ["mnist-cvae", "mnist-vae"]
        assert len(vae_core.load_encodings("mnist-cvae").mean) == 10_000
        vae_core.load("frey-vae", weights_dir=WEIGHTS_DIR)
    """.replace("WEIGHTS_DIR", repr(str(ROOT / "weights")))
    place = run(python, tmp_path, textwrap.dedent(code))
    assert Path(place).is_relative_to(python.parents[1])
    assert list(tmp_path.iterdir()) == []


def test_types_are_known(python: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import vae_core\n"
        "model = vae_core.load('mnist-vae')\n"
        "reveal_type(model)\n"
        "reveal_type(model.encode)\n"
        "vae_core.load(3)\n"
    )
    (tmp_path / "mypy.ini").write_text("[mypy]\n[mypy-torch.*,numpy.*]\nfollow_imports = skip\n")
    options = ["--python-executable", str(python), "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", "--strict", *options, "mine.py"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'Revealed type is "vae_core.model.VAE"' in answer.stdout
    assert "vae_core.model.Posterior" in answer.stdout
    assert re.findall(r"error: .*", answer.stdout) == [
        'error: Argument 1 to "load" has incompatible type "int"; expected "str"  [arg-type]'
    ]


def test_the_command_lines_start(wheel: Path, tmp_path: Path) -> None:
    code = """
        import runpy, sys
        for name in ("train", "evaluate", "zoo"):
            sys.argv = [name, "--help"]
            try:
                runpy.run_module(f"vae_core.{name}", run_name="__main__")
            except SystemExit as end:
                assert not end.code
    """
    printed = run(environment(wheel, "train", tmp_path), tmp_path, textwrap.dedent(code))
    assert re.findall(r"usage: python -m vae_core\.(\w+)", printed) == ["train", "evaluate", "zoo"]

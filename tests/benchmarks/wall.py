"""A class sends to the wall: python -m tests.benchmarks.wall

300 students behind one address send ten codes each within some seconds, as the page does: again
after a pause where the server says that it is too much. Meanwhile Chromium shows the teacher's map,
whose frames are counted. All of it runs on this machine, so the figures are bounds.
"""

import argparse
import asyncio
import random
import re
import time
from itertools import pairwise
from typing import Any

import httpx
from playwright.async_api import Page, async_playwright

from tests.live import Server, running_app
from tests.web.conftest import QUIET, find_chromium
from ui.files import ADDRESS
from ui.wall import KEY, WALL

STUDENTS, EACH = 300, 10
# The map in the page as it is, whatever tab it stands in: the modules are asked for anew.
MOUNT = """async (address) => {
  const beside = (name) => new URL(name, document.baseURI).href;
  const { mountWall } = await import(beside(`${address}web/parts/wall.js`));
  const [model] = JSON.parse(document.getElementById("models").textContent);
  model.encodings = beside(model.encodings);
  const element = document.createElement("div");
  element.className = "lab";
  element.style.cssText = "position: fixed; inset: 0; z-index: 99999; overflow: auto";
  document.body.append(element);
  mountWall(element.appendChild(document.createElement("div")), { model, listen() {} });
}"""
COUNT = """() => {
  window.frames_ = [];
  const next = (now) => { frames_.push(now); requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""
PINS = "() => parseInt(document.querySelector('.wall .count').textContent) || 0"


def teachers_address(server: Server) -> tuple[str, str]:
    """The address of the lab and the teacher's key, which are printed once it answers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := re.search(r"(http://\S+)\?wall=(\S+)\s", server.output()):
            return found[1], found[2]
        time.sleep(0.1)
    raise TimeoutError(f"no teacher's address in {server.output()!r}")


async def student(
    client: httpx.AsyncClient, url: str, within: float, seed: int
) -> tuple[list[float], int]:
    """Send ten codes at any time: seconds of each answer, and how many were refused for a while."""
    chance = random.Random(seed)
    start, waits, refused = time.monotonic(), [], 0
    for due in sorted(chance.uniform(0, within) for _ in range(EACH)):
        await asyncio.sleep(max(start + due - time.monotonic(), 0))
        z = [chance.gauss(0, 1.3), chance.gauss(0, 1.3)]
        pin = {"z": z, "label": str(chance.randrange(10))}
        pause = 0.5
        while True:
            asked = time.monotonic()
            response = await client.post(url, json=pin)
            waits.append(time.monotonic() - asked)
            if response.status_code == 200:
                break
            assert response.status_code == 429, response.text
            refused += 1
            await asyncio.sleep(pause * chance.uniform(0.5, 1.5))
            pause = min(2 * pause, 8)
    return waits, refused


async def frames(page: Page) -> tuple[float, float]:
    """Frames a second since the last time, and the longest time between two in ms."""
    times: list[float] = await page.evaluate("() => frames_.splice(0)")
    gaps = [after - before for before, after in pairwise(times)]
    return 1000 * len(gaps) / sum(gaps), max(gaps)


async def measure(within: float) -> dict[str, Any]:
    """All figures."""
    with running_app("--class") as server:
        address, key = teachers_address(server)
        async with async_playwright() as playwright, httpx.AsyncClient(timeout=60) as client:
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(playwright), args=QUIET
            )
            page = await browser.new_page(viewport={"width": 1400, "height": 900})
            await page.goto(f"{address}?wall={key}")
            await page.wait_for_function("() => window.latentLab?.model")
            await page.evaluate("latentLab.ready")
            await page.evaluate(MOUNT, ADDRESS)
            await page.evaluate(COUNT)
            await page.wait_for_timeout(5000)
            quiet, _ = await frames(page)
            memory, cpu, start = server.memory(), server.cpu_seconds(), time.monotonic()
            url = f"{address}{WALL}send"
            found = await asyncio.gather(
                *(student(client, url, within, seed) for seed in range(STUDENTS))
            )
            taken = time.monotonic() - start
            await page.wait_for_timeout(2000)
            shown = await page.evaluate(PINS)
            busy, longest = await frames(page)
            seen = (await client.get(f"{address}{WALL}since?number=0", headers={KEY: key})).json()
            await browser.close()
        waits = sorted(wait for waits, _ in found for wait in waits)
        return {
            "sent": f"{STUDENTS * EACH} in {taken:.1f} s",
            "refused for a while": sum(refused for _, refused in found),
            "lost by the server": STUDENTS * EACH - len(seen["pins"]),
            "not on the map": STUDENTS * EACH - shown,
            "server's memory, growth": f"{(server.memory() - memory) / 1e6:.1f} MB",
            "server's CPU": f"{1000 * (server.cpu_seconds() - cpu) / STUDENTS / EACH:.2f} ms a pin",
            "answer, median": f"{1000 * waits[len(waits) // 2]:.0f} ms",
            "answer, slowest": f"{1000 * waits[-1]:.0f} ms",
            "frames a second before": f"{quiet:.1f}",
            "frames a second while all send": f"{busy:.1f}",
            "longest time between two frames": f"{longest:.0f} ms",
        }


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--within", type=float, default=20, help="seconds in which all send")
    print("| figure | measured |\n|---|---|")
    for name, value in asyncio.run(measure(parser.parse_args().within)).items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()

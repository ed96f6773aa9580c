"""A headless Chromium of the system, and JupyterLab. Not part of `make test`: run `make browser`."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="session")
def chromium():
    """The browser."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.exit("No Chromium was found. Install one: apt-get install chromium, or brew install chromium.", 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 900), (1024, 768)], ids=lambda size: f"{size[0]}x{size[1]}")
def window(chromium, request):
    """A window that records in `window.problems` what the console complains of and what is fetched from a network."""
    page = chromium.new_page(viewport=dict(zip(("width", "height"), request.param)))
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    page.on("requestfailed", lambda request: page.problems.append(request.url))
    foreign = re.compile(r"http(?!://(localhost|127\.0\.0\.1))")
    page.on("request", lambda request: page.problems.append(request.url) if foreign.match(request.url) else None)
    yield page
    page.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of a JupyterLab that `make lab`'s command has started, rooted in a copy of the repository."""
    root = tmp_path_factory.mktemp("lab")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracker = root / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text('{"windowingMode": "none"}')  # otherwise only the cells in sight are in the document
    options = "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.token="
    command = [ROOT / ".venv/bin/jupyter", "lab", *options]
    environment = os.environ | {"JUPYTERLAB_SETTINGS_DIR": str(root / "settings")}
    server = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    for _ in range(60):
        try:
            urlopen(f"{address}/api").close()
            break
        except URLError:
            time.sleep(1)
    yield address
    server.terminate()
    server.wait()


def move_slider(window):
    """Click near the left end of the slider of page 02, and wait until the figure's title is another one."""
    before = window.locator(".js-plotly-plot .gtitle").text_content()
    window.locator(".slider-rail-touch-rect").click(position={"x": 40, "y": 5})
    window.wait_for_function("before => document.querySelector('.gtitle').textContent !== before", arg=before)

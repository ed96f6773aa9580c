# Each target sets up .venv by itself on a fresh machine. PYTHON chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
BIN := .venv/bin
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with notebooks/sanitize.cfg --nbval-cell-timeout=1200
STORE := PYTEST_CURRENT_TEST=store $(abspath $(BIN))/jupyter nbconvert --to notebook --execute --inplace

.PHONY: lander lab test unit notebooks elsewhere site slides browser figures outputs bench bench-peers readme recordings clean

lander: .venv/ready  ## train a lander from nothing in notebook 07, and say where the page, video and policy are
	$(BIN)/jupyter nbconvert --to html --execute --log-level ERROR --output-dir build notebooks/07_lunar_lander.ipynb
	@echo "the page:        build/07_lunar_lander.html"
	@echo "the video:       runs/lunar_lander/videos/landing.mp4"
	@echo "the policy:      runs/lunar_lander/policy.npz"
	@$(BIN)/python -m ddpg_tf evaluate runs/lunar_lander

lab: .venv/ready  ## open the notebooks; Lab's root is the repository, so that pages find ../figures
	$(BIN)/jupyter lab notebooks/00_at_a_glance.ipynb

test: unit notebooks  ## the unit tests and every page, as in CI

unit: .venv/ready
	$(BIN)/python -m pytest -n 2 tests

notebooks: .venv/ready
	$(BIN)/python -m pytest $(NBVAL) -n 2 --dist loadscope notebooks

elsewhere: .venv/ready  ## pages under the arithmetics of other machines: all that train, or PAGES="05 11"
	$(BIN)/python -m tests.elsewhere $(PAGES)

figures: .venv/ready  ## redraw the diagrams
	$(BIN)/python -m figures

outputs: .venv/ready  ## execute every notebook and store what it prints
	cd notebooks && $(STORE) *.ipynb && cd solutions && $(STORE) *.ipynb

bench: .venv/ready  ## the speed of this machine, as ratios taken in one run
	$(BIN)/python -m tests.benchmarks

bench-peers: .venv/ready build/peers/ready  ## ours beside stable-baselines3, in one run of about 40 minutes
	$(BIN)/python -m tests.benchmarks.peers
	$(MAKE) readme

build/peers/ready:
	$(PYTHON) -m venv build/peers
	build/peers/bin/python -m pip install --quiet --disable-pip-version-check \
	    "stable-baselines3==2.9.*" "torch==2.13.*" "gymnasium[box2d]>=1.3,<2"
	touch build/peers/ready

site: build/web/ready  ## the web site, from the stored outputs
	build/web/bin/python docs/web/website.py
	@echo "the site: build/site/_build/html/index.html"

slides: .venv/ready build/web/ready  ## a deck for each page and each lecture
	$(BIN)/python docs/web/slides.py
	@echo "the slides: build/slides/index.html"

browser: site slides  ## drive JupyterLab, the site and the slides in a headless Chromium
	build/web/bin/python -m pytest -q --confcutdir tests/browser tests/browser

build/web/ready: docs/web/requirements.txt docs/web/package.json
	$(PYTHON) -m venv build/web
	build/web/bin/python -m pip install --quiet --disable-pip-version-check -r docs/web/requirements.txt
	cp docs/web/package.json build/web && npm install --silent --no-audit --no-fund --no-package-lock --prefix build/web
	touch build/web/ready

readme: .venv/ready  ## write the tables of the README from what was recorded
	$(BIN)/python -m tests.readme

RECORDED := notebooks/results
BACKEND ?= loky
RECORD := $(BIN)/python notebooks/record.py --backend $(BACKEND)
RUNS := $(BIN)/python -m ddpg_tf runs --backend $(BACKEND)

recordings: .venv/ready  ## run every seed that has no recording yet, for hours: here, or with BACKEND=dask or ray on a cluster
	$(BIN)/python -m tests.elsewhere.trainings
	$(RUNS) --config pendulum --seeds 10 --out $(RECORDED)/pendulum/recipe
	$(RUNS) --config pendulum --seeds 10 --out $(RECORDED)/pendulum/no-targets --tau 1
	$(RUNS) --config pendulum --seeds 10 --out $(RECORDED)/pendulum/no-replay --memory-capacity 256
	$(RUNS) --config pendulum --seeds 10 --out $(RECORDED)/pendulum/neither --tau 1 --memory-capacity 256
	for name in ladder overestimation catch; do $(RECORD) 10_deep_q_networks $$name --seeds 10; done
	for name in full short unscaled remembers forgets stacks unscaled_memory; do \
	    $(RECORD) 11_policy_gradients $$name --seeds 10; done
	for name in clipping gaussian; do $(RECORD) 12_towards_ddpg $$name --seeds 10; done
	for name in pendulum lander; do $(RECORD) 13_after_ddpg $$name --seeds 10; done
	for name in right flags updates data; do $(RECORD) 14_what_goes_wrong $$name --seeds 10; done
	for name in noise exploration updates shapes penalties hill; do $(RECORD) 15_open_questions $$name --seeds 10; done
	for name in notebook notebook_l2 page losses; do $(RECORD) 15_open_questions $$name --seeds 5; done
	for name in pendulum mountain_car mountain_car_noise mountain_car_price mountain_car_both walker \
	    discrete shared memory pixels; do $(RECORD) 16_other_worlds $$name --seeds 5; done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[mujoco]
	for name in pole double_pole reacher swimmer swimmer_gamma hopper half_cheetah; do \
	    $(RECORD) 16_other_worlds $$name --seeds 5; done

clean:
	rm -rf .venv build runs

.venv/ready: pyproject.toml .ci/requirements.py
	$(PYTHON) -m venv .venv
	$(BIN)/python .ci/requirements.py | $(BIN)/python -m pip install --quiet --disable-pip-version-check -r /dev/stdin
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch .venv/ready

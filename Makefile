# The commands of the course, for GNU make 3.81 and later; README.md says how to do without make.
# A Python 3.11, 3.12 or 3.13 is enough: tools/install.py installs the rest into .venv.
# To choose the Python: make lab PYTHON=python3.12. With large pictures, for a room: make lab PROJECTOR=1

PYTHON ?=
PY := $(if $(filter Windows_NT,$(OS)),.venv/Scripts/python.exe,.venv/bin/python)
CANDIDATES := $(if $(PYTHON),"$(PYTHON)",$(PY) python3.13 python3.12 python3.11 python3 python)

# Without its compiled files Python imports TensorFlow in 12 seconds instead of 5.
unexport PYTHONDONTWRITEBYTECODE
# Packages from elsewhere on the machine would be taken for the course's own.
unexport PYTHONPATH

# A candidate is tried, not looked up: some names only print an error, such as pyenv's stand-ins.
RIGHT := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
INSTALL = @for python in $(CANDIDATES) ""; do \
		"$$python" -c '$(RIGHT)' </dev/null >/dev/null 2>&1 && break; \
	done; \
	test -n "$$python" || { echo 'This course needs Python 3.11, 3.12 or 3.13, and' \
		'$(if $(PYTHON),$(PYTHON) is not one that starts here,none was found here):' \
		'install one from https://www.python.org/downloads/ and run the same command again.' >&2; exit 1; }; \
	"$$python" tools/install.py

.PHONY: help lab test lint notebooks bench site slides publish paper handouts venues rough hub links dev
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

lab: ## install what is missing, then open JupyterLab at the first lesson
	$(INSTALL) --lab

test: lint ## check everything: code, lessons, and the pictures in a real browser
	@$(PY) tools/browser.py
	$(PY) -m pytest -n 2 --dist loadfile --nbval tests helpers notebooks

lint: dev ## check the style of code and notebooks
	$(PY) -m ruff check
	$(PY) -m ruff format --check

notebooks: dev ## run every lesson and store it with its pictures
	$(PY) tools/notebooks.py

bench: dev ## measure how quickly the pictures answer
	$(PY) tools/bench.py

site: dev ## build a site of the lessons that needs no Python, in _site/
	$(PY) tools/build_site.py

slides: dev ## build slides of the lessons for a projector, in _slides/
	$(PY) tools/build_slides.py

publish: dev ## write a new address of the repository everywhere: make publish REPO=owner/name
	@$(PY) tools/setup_cell.py "$(REPO)"

paper: dev ## print the lessons to PDF, into the folder paper/
	@$(PY) tools/browser.py
	$(PY) tools/paper.py

handouts: dev ## print a worksheet for each lesson, and its solutions: make handouts PAPER=letter
	@$(PY) tools/browser.py
	$(PY) tools/handouts.py --paper $(or $(PAPER),a4)

venues: dev ## run the lessons with Colab's, Binder's, the oldest and the newest packages
	$(PY) tools/venues.py $(PLACE)

rough: dev ## drive every control of every picture at random, 500 actions each
	@$(PY) tools/browser.py
	ROUGH_ACTIONS=500 $(PY) -m pytest tests/browser/test_rough.py tests/browser/test_lost_kernel.py

hub: ## a trial JupyterHub: each reader gets a copy of the course
	$(INSTALL)
	$(PY) tools/trial_hub.py $(HUB)

links: dev ## ask every address that the course names for an answer
	$(PY) tools/links.py --online

dev:
	$(INSTALL) --dev

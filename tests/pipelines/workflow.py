"""Runs the shell steps of a pipeline as its host would, with folders in the place of machines."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[2]
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


def read(path):
    """A pipeline as its host reads it; `on` stays a word, as in YAML 1.2."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@dataclass
class Result:
    """How a job ended: `success`, `failure` or `skipped`, and what it handed on."""

    result: str = "success"
    status: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""


class Site:
    """The repository as it is checked out, the programs that a machine has, and the artifacts."""

    def __init__(self, repository: Path, scratch: Path) -> None:
        self.repository = repository
        self.scratch = scratch
        self.artifacts: dict[str, Path] = {}
        self.environment: dict[str, str] = {}
        self._jobs = 0
        programs = scratch / "programs"
        programs.mkdir(parents=True)
        # Installing is left out; what is run afterwards is this tree.
        _program(programs / "reconciler", f'exec "{sys.executable}" -m reconciler "$@"')
        _program(programs / "python", 'test "$1 $2 $3" = "-m pip install"')
        self._path = f"{programs}:/usr/bin:/bin"

    def machine(self) -> Path:
        """A fresh folder, as a job begins in one."""
        self._jobs += 1
        folder = self.scratch / f"job-{self._jobs}"
        folder.mkdir()
        return folder

    def checkout(self, folder: Path) -> None:
        shutil.copytree(self.repository, folder, dirs_exist_ok=True)

    def shell(self, script: str, folder: Path, environment: dict[str, str]):
        """Run a script as both hosts do: bash, which ends at the first error."""
        return subprocess.run(
            ["/bin/bash", "-e", "-o", "pipefail", "-c", script],
            cwd=folder,
            env={
                "PATH": self._path, "HOME": str(self.scratch), "PYTHONPATH": str(PROJECT),
                "LANG": "C.UTF-8", **self.environment, **environment,
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def keep(self, name: str, path: Path) -> None:
        kept = self.scratch / f"artifact-{name}"
        shutil.copy(path, kept)
        self.artifacts[name] = kept


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


class GitHubRun:
    """One run of a workflow: its jobs in order, each condition looked up in a table."""

    def __init__(self, site: Site, path: Path, *, values: dict[str, str]) -> None:
        self.jobs = read(path)["jobs"]
        self._site = site
        self._values = dict(values)
        self.ended: dict[str, Result] = {}
        self.summary = ""

    def run(self, name: str) -> Result:
        """Run one job whose condition holds."""
        job, site = self.jobs[name], self._site
        folder, result = site.machine(), Result()
        for step in job["steps"]:
            always = "!cancelled()" in step.get("if", "")
            if result.result == "failure" and not always:
                continue
            done = self._step(step, folder, result)
            if done and not step.get("continue-on-error"):
                result.result, result.status = "failure", result.status or done
        outputs = job.get("outputs", {})
        result.outputs = {name: self._filled(text) for name, text in outputs.items()}
        for output, text in result.outputs.items():
            self._values[f"needs.{name}.outputs.{output}"] = text
        self.ended[name] = result
        return result

    def _step(self, step, folder, result):
        if "uses" in step:
            return self._action(step, folder)
        output, summary = folder / ".output", folder / ".summary"
        environment = {name: self._filled(text) for name, text in step.get("env", {}).items()}
        environment |= {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        done = self._site.shell(step["run"], folder, environment)
        result.log += done.stdout + done.stderr
        for line in output.read_text().splitlines() if output.exists() else []:
            name, _, value = line.partition("=")
            self._values[f"steps.{step['id']}.outputs.{name}"] = value
        self.summary += summary.read_text() if summary.exists() else ""
        return done.returncode

    def _action(self, step, folder):
        action, given = step["uses"].partition("@")[0], step.get("with", {})
        match action:
            case "actions/checkout":
                self._site.checkout(folder)
            case "actions/upload-artifact":
                if (folder / "plan.zip").exists():  # hashFiles('plan.zip') != ''
                    assert "plan.zip" in given["path"].split()
                    self._site.keep(given["name"], folder / "plan.zip")
            case "actions/download-artifact":
                if given["name"] not in self._site.artifacts:
                    return 1
                shutil.copy(self._site.artifacts[given["name"]], folder / "plan.zip")
            case "actions/setup-python":
                pass
            case _:
                raise AssertionError(f"what does {action} do?")
        return 0

    def _filled(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self._value(found[1]), text)

    def _value(self, expression: str) -> str:
        values = (self._values.get(name, "") for name in expression.split(" || "))
        return next(filter(None, values), "")


class GitLabRun:
    """One pipeline: its jobs as they are asked for, with the artifacts of those they need."""

    def __init__(self, site: Site, path: Path, *, variables: dict[str, str]) -> None:
        document = read(path)
        self._site = site
        self._variables = variables
        self._before = document["default"]["before_script"]
        self.jobs = {name: _extended(name, document) for name in document if name not in KEYWORDS}

    def run(self, name: str) -> Result:
        job, site = self.jobs[name], self._site
        folder, variables = site.machine(), dict(self._variables)
        site.checkout(folder)
        for needed in job.get("needs", []):
            kept = site.artifacts.get(f"{needed['job']} plan.zip")
            if kept is not None:
                shutil.copy(kept, folder / "plan.zip")
            told = site.artifacts.get(f"{needed['job']} dotenv")
            variables |= dict(line.split("=") for line in told.read_text().split()) if told else {}
        done = site.shell("\n".join([*self._before, *job["script"]]), folder, variables)
        kept = job.get("artifacts", {})
        if done.returncode == 0 or kept.get("when") == "always":
            files = {"plan.zip": "plan.zip", "dotenv": kept.get("reports", {}).get("dotenv")}
            for kind, file in files.items():
                if file and (folder / file).exists():
                    site.keep(f"{name} {kind}", folder / file)
        result = "failure" if done.returncode else "success"
        return Result(result, done.returncode, log=done.stdout + done.stderr)


KEYWORDS = {"stages", "workflow", "default", "variables"}


def _extended(name, document):
    job = document[name]
    parent = job.get("extends")
    return {**_extended(parent, document), **job} if parent else job

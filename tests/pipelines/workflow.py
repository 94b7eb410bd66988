"""Runs the shell steps of a pipeline as its host would, with folders in the place of machines."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

HASHED = re.compile(r"hashFiles\('(.*?)'\) != ''")
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

    def __init__(self, repository: Path, scratch: Path, program: str) -> None:
        self.repository = repository
        self.scratch = scratch
        self.artifacts: dict[str, dict[str, Path]] = {}
        self.environment: dict[str, str] = {}
        self._jobs = 0
        programs = scratch / "programs"
        programs.mkdir(parents=True)
        # Installing is left out; what is run afterwards is this tree.
        _program(programs / "reconciler", f'exec {program} "$@"')
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
                "PATH": self._path, "HOME": str(self.scratch), "LANG": "C.UTF-8",
                **self.environment, **environment,
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def keep(self, name: str, folder: Path, files: list[str]) -> None:
        """Keep those of the files that are there."""
        for file in files:
            if (folder / file).exists():
                kept = self.scratch / f"artifact-{name}-{file}"
                shutil.copy(folder / file, kept)
                self.artifacts.setdefault(name, {})[file] = kept

    def fetch(self, name: str, folder: Path) -> bool:
        """Put what was kept into a folder; whether there is something."""
        for file, kept in self.artifacts.get(name, {}).items():
            shutil.copy(kept, folder / file)
        return name in self.artifacts


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
                (condition,) = HASHED.findall(step["if"])
                files = given["path"].split()
                assert condition == files[0]
                if (folder / condition).exists():
                    self._site.keep(given["name"], folder, files)
            case "actions/download-artifact":
                return 0 if self._site.fetch(given["name"], folder) else 1
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
            if needed["artifacts"]:
                site.fetch(needed["job"], folder)
                for told in folder.glob("*.env"):
                    variables |= dict(line.split("=") for line in told.read_text().split())
        done = site.shell("\n".join([*self._before, *job["script"]]), folder, variables)
        kept = job.get("artifacts", {})
        if done.returncode == 0 or kept.get("when") == "always":
            told = kept.get("reports", {}).values()
            site.keep(name, folder, [*kept.get("paths", []), *told])
        result = "failure" if done.returncode else "success"
        return Result(result, done.returncode, log=done.stdout + done.stderr)


KEYWORDS = {"stages", "workflow", "default", "variables"}


def _extended(name, document):
    job = document[name]
    parent = job.get("extends")
    return {**_extended(parent, document), **job} if parent else job

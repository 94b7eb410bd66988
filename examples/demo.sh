#!/bin/sh
# The example company, from nothing to an empty plan, in a copy under build/demo.
set -eu
cd "$(dirname "$0")/.."
rm -rf build/demo
mkdir -p build/demo/examples
cp -R policies build/demo/policies
cp -R examples/restaurant build/demo/examples/restaurant
python=$PWD/.venv/bin/python
cd build/demo/examples/restaurant

say() {
    printf '\n$ reconciler %s\n' "$*"
    "$python" -m reconciler "$@"
}

say lms init --catalog catalog.yaml --enrollments enrollments.csv --progress progress.csv
say state init --pending
say validate
say plan -o plan.zip
say apply plan.zip
say plan --detailed-exitcode
printf '\nThe second plan is empty. Look around in build/demo/examples/restaurant, for example:\n'
printf '  cd build/demo/examples/restaurant && ../../../../.venv/bin/reconciler explain E05247 course/knife-safety\n'

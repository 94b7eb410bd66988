#!/bin/sh
# What a change of policies/ would do at the example company: applies those of a commit, plans these.
# usage: examples/review.sh COMMIT [PYTHON]; leaves build/review/plan.zip, and the status of `plan`
set -eu
commit=$1
cd "$(dirname "$0")/.."
project=$PWD
python=${2:-$project/.venv/bin/python}
rm -rf build/review
mkdir -p build/review/examples
cp -R examples/restaurant build/review/examples/restaurant
git archive "$commit" policies | tar -x -C build/review
cd build/review/examples/restaurant

{
    "$python" -m reconciler lms init --catalog catalog.yaml \
        --enrollments enrollments.csv --progress progress.csv
    "$python" -m reconciler state init --pending
    "$python" -m reconciler apply --auto-approve
} > /dev/null

rm -r ../../policies
cp -R "$project/policies" ../../policies
"$python" -m reconciler plan -o ../../plan.zip

#!/usr/bin/env bash
# pytest-xdist 3.8.0 with pytest 9.2.0: "--dist loadgroup" does NOT keep a group together. Tests marked
# xdist_group("shop") go to whichever worker is free, one by one, without a word of warning; what a group's tests share
# (a server of a module, a file) is made by each worker, or is met half made by another. With pytest 9.1 before it the
# same two files run each on one worker. Prints on how many workers each group ran; fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
for name in one other; do
    cat > "$folder/test_$name.py" <<PYTHON
import os
import time

import pytest

pytestmark = pytest.mark.xdist_group("$name")


@pytest.mark.parametrize("number", range(6))
def test_a_worker_is_told(number):
    time.sleep(0.1)
    with open("$folder/$name", "a") as told:
        print(os.environ["PYTEST_XDIST_WORKER"], file=told)
PYTHON
done

workers() {  # workers PYTEST: on how many each group has run
    "$folder/venv/bin/pip" install -q --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
    rm -f "$folder/one" "$folder/other"
    (cd "$folder" && venv/bin/python -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider test_one.py test_other.py >/dev/null)
    echo "$(sort -u "$folder/one" | wc -l) and $(sort -u "$folder/other" | wc -l)"
}

before=$(workers 9.1.1)
now=$(workers 9.2.0)
echo "pytest 9.1.1: the two groups ran on $before workers"
echo "pytest 9.2.0: on $now"
[ "$before" = "1 and 1" ] || { echo "it has changed: with pytest 9.1.1 groups are not kept together"; exit 1; }
[ "$now" = "2 and 2" ] || { echo "it has changed: with pytest 9.2.0 groups are kept together"; exit 1; }

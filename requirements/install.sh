#!/bin/sh
# Install this package with the versions and hashes of requirements/, and nothing that is not in them.
#
#   sh requirements/install.sh           the command, with what `--watch` and the hub need
#   sh requirements/install.sh dev -e    for development: editable, with the tools
#
# PYTHON names the Python; its environment is installed into.
set -eu
folder=$(dirname "$0")
set_=${1:-run}
[ $# = 0 ] || shift
install="${PYTHON:-python} -m pip install --quiet --disable-pip-version-check"
# pip cannot hash a folder, nor what a build fetches: the tools of a build come first, the package last and alone.
env -u PIP_CONSTRAINT $install --require-hashes -r "$folder/build.txt"
env -u PIP_CONSTRAINT $install --require-hashes --no-build-isolation -r "$folder/$set_.txt"
if [ "$set_" != bench ]; then
    $install --no-deps --no-build-isolation "$@" "$folder/.."
fi

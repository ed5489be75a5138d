# Shared by the scripts beside it: they run from anywhere, and say what went wrong in one way.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

heading() {
  if [[ -t 1 ]]; then printf '\n\033[1m== %s\033[0m\n' "$*"; else printf '\n== %s\n' "$*"; fi
}

# The AWS CLI in a folder of its own: install_aws_cli FOLDER
install_aws_cli() {
  cmp -s bench/requirements.txt "$1/requirements.txt" && return
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt >&2
  cp bench/requirements.txt "$1/requirements.txt"
}

# Shared by all scripts in this folder, so that they run from anywhere and report errors in the same way.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# For what this machine cannot do, which is not an error in the source: exits with 3.
cannot() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 3
}

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

# Whether a target's standard library is installed, by rustup or by a distribution's package.
standard_library() { [[ -d $(rustc --print target-libdir --target "$1") ]]; }
ready() { standard_library "$1" || rustup target add "$1" >/dev/null 2>&1; }

# The released target for this machine's processor or, if its standard library cannot be installed, the closest one.
release_target() {
  local machine musl gnu
  machine=$(uname -m)
  musl=$machine-unknown-linux-musl gnu=$machine-unknown-linux-gnu
  if ready "$musl"; then
    echo "$musl"
  else
    echo "${0##*/}: the standard library for $musl is missing, and rustup cannot add it: building for $gnu" >&2
    echo "$gnu"
  fi
}

# The processor's name in Docker and Go, which people look for when they download.
architecture() {
  case $1 in
    x86_64-*) echo amd64 ;;
    aarch64-*) echo arm64 ;;
    *) fail "there is no name for the processor of $1" ;;
  esac
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

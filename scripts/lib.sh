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

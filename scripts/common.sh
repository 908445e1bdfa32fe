# Shared by the scripts beside it; to be sourced by bash.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/apus-tests"

say() { printf '%s\n' "$*"; }
die() {
  printf '%s\n' "$(basename "$0"): $*" >&2
  exit 1
}

need_swift() {
  command -v swift >/dev/null 2>&1 ||
    die "swift is not in the PATH: install Swift 6.3 or newer from https://www.swift.org/install"
}

# build LOG ARGUMENTS...: one release build; its output goes to LOG, errors also to the terminal.
build() {
  local log=$1
  shift
  say "building (release; the first time takes 10 minutes or more on two cores), log: $log"
  if ! (cd "$ROOT" && swift build -c release "$@") >"$log" 2>&1; then
    grep -E 'error:' "$log" | sort -u | head -n 40 >&2 || true
    tail -n 5 "$log" >&2
    die "the build failed, see $log"
  fi
}

# The virtual environments for the tests, brought up to date when their list in Tests/Integration changed. What is
# installed stays as it is until pip has succeeded. Sets VENV, and CLIENTS_VENV and THIN_VENV after prepare_client_venvs.
prepare_venv() {
  VENV="$CACHE/venv"
  make_venv "$VENV" requirements.txt
}

prepare_client_venvs() {
  CLIENTS_VENV="$CACHE/clients" THIN_VENV="$CACHE/thin"
  make_venv "$CLIENTS_VENV" requirements-clients.txt
  make_venv "$THIN_VENV" requirements-thin.txt
}

make_venv() { # make_venv FOLDER LIST
  local folder=$1 list=$2
  mkdir -p "$CACHE"
  command -v python3 >/dev/null 2>&1 || die "python3 is not in the PATH (3.11 or newer is needed)"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "python3 is $(python3 --version 2>&1), but other projects' clients need 3.11 or newer"
  exec 9>"$folder.lock"
  if command -v flock >/dev/null 2>&1; then flock 9; fi
  local wanted="$ROOT/Tests/Integration/$list"
  if ! cmp -s "$wanted" "$folder/installed.txt"; then
    say "installing the Python packages of Tests/Integration/$list into $folder"
    if ! [ -x "$folder/bin/python" ]; then
      python3 -m venv "$folder" ||
        die "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"
    fi
    "$folder/bin/pip" install --quiet --disable-pip-version-check --prefer-binary -r "$wanted" ||
      die "cannot install the Python packages; is this machine offline? They come from PyPI once"
    cp "$wanted" "$folder/installed.txt"
  fi
  exec 9>&-
}

# end_process PID: asks it to end, insists after 15 seconds. Only for processes that the script started.
end_process() {
  local pid=$1 i
  kill -TERM "$pid" 2>/dev/null || return 0
  for ((i = 0; i < 150; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# wait_for_file FILE PID SECONDS: until FILE is there; fails when the process ends first.
wait_for_file() {
  local i
  for ((i = 0; i < $3 * 10; i++)); do
    [ -e "$1" ] && return 0
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

#!/bin/sh
# Makes .venv hold lensmith and everything it needs, at the versions of constraints.txt. Called by `make setup`.
#
# Does nothing when that is already so. A set-up that was interrupted is started afresh, because nothing can tell
# which of its packages are whole. PYTHON=/path/to/python chooses the Python; otherwise the first fit one is taken.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
done_file=$venv/.lensmith-complete
busy_file=$venv/.lensmith-unfinished
unset PYTHONHOME || true

fail() {
    printf 'make setup: %s\n' "$@" >&2
    exit 1
}

# Changes whenever the set-up would come out differently, and when the checkout moves: a venv knows its own place.
fingerprint() {
    cat pyproject.toml constraints.txt tools/setup.sh | cksum
    pwd -P
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# Sets `python` to the first fit Python, or ends with what would make one fit.
choose_python() {
    too_old='' bare=''
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.13 python3.12 python3.11
    fi
    for candidate in "$@"; do
        if ! version=$(version_of "$candidate"); then
            continue
        elif ! new_enough "$candidate"; then
            too_old="$candidate is $version"
        elif ! can_make_venvs "$candidate"; then
            bare=${bare:-$version}
        else
            # A venv may be active, even the one to be rebuilt: build with the Python that it stands on.
            python=$("$candidate" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')
            return
        fi
    done
    [ -z "$bare" ] || fail "Python $bare is there, but its ensurepip module is not, so it cannot make virtual environments." \
        "On Debian or Ubuntu: sudo apt-get install python$bare-venv" \
        "Elsewhere: install Python from python.org, or name another one: make setup PYTHON=/path/to/python3"
    fail "lensmith needs Python 3.11 or newer; ${too_old:-no working ${PYTHON:-python3} was found}." \
        "On Debian or Ubuntu: sudo apt-get install python3.11 python3.11-venv (or 3.12, 3.13)" \
        "On macOS: brew install python@3.13" \
        "One that is not on the PATH: make setup PYTHON=/path/to/python3"
}

# True when the venv runs, with the Python version that PYTHON asks for, if it asks.
is_asked_for() {
    found=$(version_of "$venv/bin/python") && [ "$found" = "$(version_of "${PYTHON:-$venv/bin/python}")" ]
}

is_complete() {
    [ -f "$done_file" ] && [ ! -f "$busy_file" ] && [ "$(cat "$done_file")" = "$(fingerprint)" ] && is_asked_for
}

# True when the venv that is there can be installed into.
is_usable() {
    [ ! -f "$busy_file" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 && new_enough "$venv/bin/python" &&
        is_asked_for && { [ ! -f "$done_file" ] || [ "$(tail -n 1 "$done_file")" = "$(pwd -P)" ]; }
}

# Leaves .venv empty but for the mark that it is unfinished; a .venv that was made by hand is never deleted.
empty_venv() {
    rmdir "$venv" 2>/dev/null || true
    if [ -f "$busy_file" ] || [ -f "$done_file" ]; then
        echo "make setup: $venv is unfinished, moved or of another Python; building it afresh" >&2
    elif [ -e "$venv" ]; then
        fail "$venv was not made by make setup, and holds no working pip on ${PYTHON:-Python 3.11 or newer}." \
            "Move it away or delete it, then run make setup again."
    fi
    mkdir -p "$venv"
    echo $$ >"$busy_file"
    find "$venv/" -mindepth 1 ! -path "*/${busy_file##*/}" -delete
}

if is_complete; then
    exit 0
fi
if [ -f "$busy_file" ] && kill -0 "$(cat "$busy_file")" 2>/dev/null; then
    fail "process $(cat "$busy_file") is setting up $venv; wait for it, or delete $busy_file if it does something else."
fi
if ! is_usable; then
    choose_python
    empty_venv
    "$python" -m venv "$venv"
fi
echo $$ >"$busy_file"
[ -t 1 ] && quiet='' || quiet=--quiet
echo "make setup: installing lensmith and what it needs into $venv; the first time takes minutes" >&2
# shellcheck disable=SC2086  # $quiet is one word or none
PIP_USER=0 "$venv/bin/python" -m pip install $quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
fingerprint >"$done_file"
rm "$busy_file"

"""Virtual environments of the benchmarks, made on first use. Needs nothing but Python itself."""
import fcntl
import os
import subprocess
import sys

from bench_tools.failure import Failure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def enter(name, requirements, what):
    """Goes on with the same program in the virtual environment `name`, brought up to date where its list changed.

    Does not return from outside of it: the program starts anew inside.
    """
    if sys.version_info < (3, 11):
        raise Failure(f"python3 is {sys.version.split()[0]}, but 3.11 or newer is needed")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(cache, "apus-tests", name)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        # Two runs at once must not install into one folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(folder, os.path.join(ROOT, "scripts", requirements), what)
    if os.path.realpath(sys.prefix) != os.path.realpath(folder):
        # Benchmarks compare single threads: the libraries must not start more behind our back.
        os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
        python = os.path.join(folder, "bin", "python")
        os.execv(python, [python, os.path.abspath(sys.argv[0])] + sys.argv[1:])


def _install(folder, wanted, what):
    # Written last: what was installed halfway is installed again.
    done = os.path.join(folder, "installed.txt")
    with open(wanted) as file:
        text = file.read()
    if os.path.exists(done):
        with open(done) as file:
            if file.read() == text:
                return
    print(f"installing {what} into {folder}", file=sys.stderr)
    if subprocess.run([sys.executable, "-m", "venv", folder]).returncode:
        raise Failure("python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv")
    pip = [os.path.join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--prefer-binary"]
    if subprocess.run(pip + ["-r", wanted]).returncode:
        name = os.path.relpath(wanted, ROOT)
        raise Failure(f"cannot install what {name} lists; is this machine offline? It comes from PyPI once")
    with open(done, "w") as file:
        file.write(text)

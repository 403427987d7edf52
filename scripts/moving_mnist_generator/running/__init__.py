"""Do the work in processes or on Ray, and stop it: what becomes of files and processes when something goes wrong.

**Files.** A file is written as `.<name>.<host>.<pid>.partial` beside its place, synced and renamed when it is whole.
So under its final name there is the old file, the new one or none. A file for a store is made like this in TMPDIR, and
sent when it is whole. Beside a partial file lies a lock file, which its writer holds: the system frees it however the
process ends. A partial file whose lock is free is abandoned, whichever process, container or machine left it.

**Ctrl-C and SIGTERM** end a command with one line and exit code 130, on the spot if it has nothing to clean up. Inside
`signals.cleaned_up` a signal raises KeyboardInterrupt, so that partial files go and workers are ended: by SIGTERM, on
which they remove their partial file and exit, and a second later by SIGKILL. Three seconds after the signal a thread
ends the command wherever it is, and removes its partial files: a library may swallow the exception, wait for its
threads, or notice no signal at all.

**kill -9** leaves partial files and lock files. Workers notice that their parent is gone, remove their partial file
and exit. The next run that makes files of that name, or in that config's folder, removes what is left. It keeps the
files that are whole, and makes the others.

**A full disk**, or any other error of the system, ends the command with one line and exit code 2, and its partial file
goes. **A worker that is killed**, for lack of memory perhaps, ends the run in the same way. On a Ray cluster another
worker makes the shard of one that is lost, a few times.

**Two runs** that make files in one folder of a config wait for each other. The lock is `.lock` in that folder, and is
removed at the end: every process that sees the folder sees it, whatever its HOME and TMPDIR, and `load_dataset` and
`push` pass over hidden files. Runs into a store are not kept apart. Where a file system has no locks, no runs are, and
what a killed one left stays.

`signals` catches the signals, `partial` has the files, `locks` keeps runs apart, `engines` chooses between this
process, `processes` with its `workers`, and `on_ray`.
"""

ENGINES = ("local", "ray")  # processes of this machine, or a Ray cluster

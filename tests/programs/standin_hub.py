"""A stand-in for the Hugging Face Hub on 127.0.0.1, for the tests: dataset repos, LFS, commits, faults on demand.

    hub = StandinHub(tmp_path)              # listens at HF_ENDPOINT if it is set; set HF_HUB_DISABLE_XET=1, too
    hub.fault = lambda number, request: "cut" if number == 3 else None
    hub.requests                            # ["POST /api/repos/create", ...]

What it checks, it checks for real: sha256 and size of what is uploaded, that a commit names only objects it holds,
the parent commit (412), tokens, namespaces and the right to write (401, 403), private and gated repos, names that
are taken (409), YAML of the card, files to be deleted that are not there, byte ranges. It has no git, no Xet and no
viewer, and knows only what the tests ask for.

Faults, for one request:
    "cut"       the connection ends before the request is read
    "lost"      the request is carried out, and the connection ends without an answer
    "damaged"   one byte of a file in the answer is another; a hash in the answer is another
    "half"      the connection ends in the middle of a request's body
    "stalled"   no answer comes; the connection ends when `hub.resume` is set
    "echoed"    403, in words that repeat the token
    500 ...     that status is answered, and nothing done
"""

import base64
import contextlib
import fnmatch
import hashlib
import io
import json
import os
import re
import sys
import threading
import time
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

GITATTRIBUTES = b"".join(b"*.%s filter=lfs diff=lfs merge=lfs -text\n" % kind for kind in (b"parquet", b"npz", b"gif"))
LARGEST_REGULAR_FILE = 10_000_000  # bytes
TOKENS = {  # token -> (user, right)
    "hf_user_writes": ("user", "write"),
    "hf_user_reads": ("user", "read"),
    "hf_other_writes": ("other", "write"),
}
REPO = r"(?P<repo>[^/]+/[^/]+)"
HASH = re.compile(rb'(?<=")[0-9a-f]([0-9a-f]{39}|[0-9a-f]{63})(?=")')


class Refusal(Exception):
    """An answer of status 400 and above."""

    def __init__(self, status, message, code=None, **more):
        super().__init__(message)
        self.status, self.message, self.code, self.more = status, message, code, more


def git_sha1(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def front_matter(card):
    """The YAML of a card, {} if it has none."""
    match = re.match(r"---\s*\n(.*?)\n---\s*(\n|\Z)", card.decode(), re.DOTALL)
    return yaml.safe_load(match[1]) or {} if match else {}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients may be killed; anything else is a defect of the stand-in, and shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class StandinHub:
    """The server, and what it stores: contents by hash, and one JSON file a repo with its refs and commits."""

    def __init__(self, root):
        self.root = Path(root)
        (self.root / "contents").mkdir(parents=True, exist_ok=True)
        (self.root / "repos").mkdir(exist_ok=True)
        self.lock = threading.RLock()
        self.fault = lambda number, request: None
        self.requests, self.done = [], []  # as they came in; as they were answered
        self.resume = threading.Event()
        handler = type("HubHandler", (Handler,), {"hub": self})
        self.server = Server(("127.0.0.1", urlsplit(os.environ.get("HF_ENDPOINT", "//:0")).port), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.contents_url = f"http://localhost:{self.server.server_port}"  # another host, as on the real Hub
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.resume.set()
        self.server.shutdown()
        self.server.server_close()

    def begin(self, request):
        """Note a request. Returns its fault, or None."""
        with self.lock:
            self.requests.append(request)
            return self.fault(len(self.requests) - 1, request)

    def is_large(self, file, patterns):
        """Whether a file to be sent is stored as a large one."""
        if file["size"] > LARGEST_REGULAR_FILE or b"\0" in base64.b64decode(file["sample"]):
            return True
        return any(fnmatch.fnmatch(file["path"], pattern) for pattern in patterns)

    # Contents: (n bytes) under their hash

    def content(self, oid):
        return self.root / "contents" / oid

    def put(self, data, oid):
        self.put_pieces([data], oid)

    def put_pieces(self, pieces, oid, digest=None):
        """Store pieces of bytes under `oid`, and their sha256 if there is a digest to take it."""
        part, size = self.content(f"{oid}.{uuid.uuid4().hex}"), 0
        with part.open("wb") as file:
            for piece in pieces:
                size += file.write(piece)
                if digest:
                    digest.update(piece)
        if digest and digest.hexdigest() != oid:
            part.unlink()
            raise Refusal(400, f"{size} bytes were sent that are not {oid}")
        part.replace(self.content(oid))

    # Repos: {"private", "gated", "refs": {ref: commit}, "commits": {commit: {"parent", "tree", "title", "date"}}}

    def repo_file(self, name):
        return self.root / "repos" / (name.replace("/", "--") + ".json")

    def load(self, name):
        path = self.repo_file(name)
        return json.loads(path.read_text()) if path.exists() else None

    def save(self, name, repo):
        part = self.repo_file(name).with_suffix(".part")
        part.write_text(json.dumps(repo))
        part.replace(self.repo_file(name))

    def commit(self, repo, ref, tree, title):
        commit = {
            "parent": repo["refs"].get(ref),
            "tree": tree,
            "title": title,
            "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
        oid = hashlib.sha1(json.dumps([commit, time.time_ns()]).encode()).hexdigest()
        repo["commits"][oid] = commit
        repo["refs"][ref] = oid
        return oid

    # What tests look at

    def tree(self, name, rev="main"):
        """{path: hash} of a revision."""
        repo = self.load(name)
        tree = repo["commits"][find_commit(repo, rev)]["tree"]
        return {path: file["sha256"] or file["oid"] for path, file in tree.items()}

    def read(self, name, path, rev="main"):
        return self.content(self.tree(name, rev)[path]).read_bytes()


def find_commit(repo, rev):
    for ref in (rev, f"refs/heads/{rev}", f"refs/tags/{rev}"):
        if ref in repo["refs"]:
            return repo["refs"][ref]
    if rev in repo["commits"]:
        return rev
    raise Refusal(404, f"Invalid rev id: {rev}", "RevisionNotFound")


def described(path, file):
    """A file, as tree and paths-info describe it."""
    lfs = {"lfs": {"oid": file["sha256"], "size": file["size"], "pointerSize": 130}} if file["sha256"] else {}
    return {"type": "file", "path": path, "size": file["size"], "oid": file["oid"], **lfs}


def sibling(path, file):
    """A file, as a repo's info describes it."""
    lfs = {"lfs": {"sha256": file["sha256"], "size": file["size"], "pointerSize": 130}} if file["sha256"] else {}
    return {"rfilename": path, "size": file["size"], "blobId": file["oid"], **lfs}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the client's acknowledgement
    hub = None

    # One request

    def log_message(self, *args):
        pass

    def handle_request(self):
        self.fault = self.hub.begin(f"{self.command} {self.path}")
        if self.fault in ("cut", "stalled"):
            if self.fault == "stalled":
                self.hub.resume.wait(30)
            self.close_connection = True
            return
        if self.fault == "lost":
            self.wfile, self.close_connection = io.BytesIO(), True
        self.unread = self.chunks()
        if self.fault == "half":
            self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
            self.close_connection = True
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            try:
                if isinstance(self.fault, int):
                    raise Refusal(self.fault, "a fault of the test")
                if self.fault == "echoed":
                    raise Refusal(403, f"{self.headers['Authorization']} may not do that")
                self.user, self.right = self.authenticate()
                self.route()
            except Refusal as refusal:
                code = {"X-Error-Code": refusal.code} if refusal.code else {}
                headers = {"X-Error-Message": refusal.message, **code}
                self.answer({"error": refusal.message, **refusal.more}, refusal.status, headers)
            self.hub.done.append(f"{self.command} {self.path}")

    do_GET = do_HEAD = do_POST = do_PUT = handle_request

    def chunks(self):
        """The request's body, piece by piece."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline() or self.hang_up(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left and (piece := self.rfile.read(min(left, 1 << 20))):
            left -= len(piece)
            yield piece

    def hang_up(self):
        raise ConnectionResetError("the client is gone in the middle of a body")

    def body(self):
        return b"".join(self.unread)

    def json(self):
        return json.loads(self.body() or b"{}")

    def answer(self, content=None, status=200, headers=None):
        """Send a JSON-able object or bytes."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        if self.fault == "damaged" and isinstance(content, bytes) and data:
            data = damaged(data)
        elif self.fault == "damaged":
            data = HASH.sub(lambda match: match[0][::-1], data)
        for _ in self.unread:  # or what is left of it would be taken for the next request
            pass
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": len(data), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def answer_file(self, oid, headers=None):
        """Send a content, or the range of it that is asked for."""
        data = self.hub.content(oid).read_bytes()
        headers = {"ETag": f'"{oid}"', "Accept-Ranges": "bytes", **(headers or {})}
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not match:
            if self.command == "HEAD":
                headers["Content-Length"] = len(data)
            return self.answer(data, headers=headers)
        first, last = match.groups()
        start = int(first) if first else max(0, len(data) - int(last))
        stop = min(len(data), int(last) + 1) if first and last else len(data)
        if start >= stop:
            raise Refusal(416, f"range {match[0]} of {len(data)} bytes")
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        return self.answer(data[start:stop], 206, headers)

    def authenticate(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token not in TOKENS:
            raise Refusal(401, "Invalid credentials in Authorization header")
        return TOKENS.get(token, (None, None))

    def route(self):
        url = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(url.query).items()}
        for methods, pattern, function in ROUTES:
            match = re.fullmatch(pattern, url.path)
            if match and self.command in methods:
                return function(self, **{name: value and unquote(value) for name, value in match.groupdict().items()})
        raise Refusal(404, f"the stand-in has no {self.command} {url.path}")

    def find_repo(self, name, *, write=False, contents=False):
        repo, owns = self.hub.load(name), self.user == name.split("/")[0]
        if repo is None or (repo["private"] and not owns):
            raise Refusal(404 if self.user else 401, "Repository not found", "RepoNotFound")
        if repo["gated"] and contents and not owns:
            raise Refusal(403 if self.user else 401, f"Access to dataset {name} is restricted", "GatedRepo")
        if write and not self.user:
            raise Refusal(401, "Invalid username or password.")
        if write and (not owns or self.right != "write"):
            raise Refusal(403, "Forbidden: you need the right to write to this repo")
        return repo

    # Repos and revisions

    def create_repo(self):
        wanted = self.json()
        name = f"{wanted.get('organization') or self.user}/{wanted['name']}"
        if not self.user:
            raise Refusal(401, "Invalid username or password.")
        namespace, url = name.split("/")[0], f"{self.hub.url}/datasets/{name}"
        if namespace != self.user or self.right != "write":
            raise Refusal(403, f"You don't have the rights to create a dataset under the namespace {namespace}")
        if wanted["type"] != "dataset":
            raise Refusal(400, "the stand-in has datasets only")
        repo = {"private": wanted.get("visibility") == "private", "gated": False, "refs": {}, "commits": {}}
        tree = {".gitattributes": self.regular_file(GITATTRIBUTES)}
        self.hub.commit(repo, "refs/heads/main", tree, "initial commit")
        with self.hub.lock:
            if self.hub.load(name):
                raise Refusal(409, "You already created this dataset repo", url=url)
            self.hub.save(name, repo)
        self.answer({"url": url, "name": name})

    def validate_yaml(self):
        try:
            data = front_matter(self.json()["content"].encode())
        except yaml.YAMLError as error:
            return self.answer({"errors": [{"message": str(error)}], "warnings": []}, 400)
        warnings = [] if data else [{"message": "empty or missing yaml metadata in repo card"}]
        return self.answer({"errors": [], "warnings": warnings})

    def info(self, repo, rev="main"):
        found = self.find_repo(repo)
        commit = find_commit(found, rev)
        state = found["commits"][commit]
        files = sorted(state["tree"].items())
        blobs = "blobs" in self.query
        self.answer(
            {
                "_id": "0",
                "id": repo,
                "sha": commit,
                "author": repo.split("/")[0],
                "lastModified": state["date"],
                "private": found["private"],
                "gated": found["gated"],
                "disabled": False,
                "tags": [],
                "siblings": [sibling(path, file) if blobs else {"rfilename": path} for path, file in files],
            }
        )

    def tree(self, repo, rev, path=None):
        files = self.commit_tree(repo, rev)
        start = f"{path}/" if path else ""
        below = {name: file for name, file in files.items() if name.startswith(start)}
        if not below and path:
            raise Refusal(404, f"{path} does not exist on {rev}", "EntryNotFound")
        folders = {name[: at.start()] for name in below for at in re.finditer("/", name) if at.start() >= len(start)}
        if self.query.get("recursive", "").lower() != "true":
            folders = {name for name in folders if "/" not in name[len(start) :]}
            below = {name: file for name, file in below.items() if "/" not in name[len(start) :]}
        entries = [described(name, file) for name, file in below.items()]
        entries += [{"type": "directory", "path": name, "oid": git_sha1(name.encode()), "size": 0} for name in folders]
        self.answer(sorted(entries, key=lambda entry: entry["path"]))

    def paths_info(self, repo, rev):
        files = self.commit_tree(repo, rev)
        raw = self.body().decode()
        paths = json.loads(raw)["paths"] if raw.startswith("{") else parse_qs(raw).get("paths", [])
        entries = [described(path, files[path]) for path in paths if path in files]
        for path in paths:
            if path not in files and any(name.startswith(f"{path}/") for name in files):
                entries.append({"type": "directory", "path": path, "oid": git_sha1(path.encode()), "size": 0})
        self.answer(entries)

    def commit_tree(self, repo, rev):
        found = self.find_repo(repo)
        return found["commits"][find_commit(found, rev)]["tree"]

    def refs(self, repo):
        refs = sorted(self.find_repo(repo)["refs"].items())
        named = [{"name": ref.split("/", 2)[2], "ref": ref, "targetCommit": commit} for ref, commit in refs]
        branches, tags = ([ref for ref in named if ref["ref"].startswith(f"refs/{k}/")] for k in ("heads", "tags"))
        self.answer({"branches": branches, "tags": tags, "converts": [], "pullRequests": []})

    def make_ref(self, repo, ref, rev):
        with self.hub.lock:
            found = self.find_repo(repo, write=True)
            if ref in found["refs"]:
                raise Refusal(409, f"Reference already exists: {ref}")
            found["refs"][ref] = find_commit(found, rev)
            self.hub.save(repo, found)
        self.answer({})

    def branch(self, repo, name):
        self.make_ref(repo, f"refs/heads/{name}", self.json().get("startingPoint") or "main")

    def tag(self, repo, rev):
        self.make_ref(repo, f"refs/tags/{self.json()['tag']}", rev)

    # Writing

    def regular_file(self, data):
        self.hub.put(data, git_sha1(data))
        return {"oid": git_sha1(data), "size": len(data), "sha256": None}

    def lfs_file(self, sha256):
        if not self.hub.content(sha256).exists():
            raise Refusal(400, f"LFS object {sha256} was never uploaded")
        return {"oid": git_sha1(sha256.encode()), "size": self.hub.content(sha256).stat().st_size, "sha256": sha256}

    def read_regular(self, tree, path):
        if path not in tree or tree[path]["sha256"]:
            return ""
        return self.hub.content(tree[path]["oid"]).read_text()

    def preupload(self, repo, rev):
        wanted = self.json()
        self.find_repo(repo, write=True)
        tree = self.commit_tree(repo, rev)
        patterns = [line.split()[0] for line in self.read_regular(tree, ".gitattributes").splitlines()]
        ignored = (wanted.get("gitIgnore") or self.read_regular(tree, ".gitignore")).split("\n")
        files = []
        for file in wanted["files"]:
            path, there = file["path"], tree.get(file["path"])
            large = self.hub.is_large(file, patterns)
            files.append(
                {
                    "path": path,
                    "uploadMode": "lfs" if large else "regular",
                    "shouldIgnore": any(line and fnmatch.fnmatch(path, line) for line in ignored),
                    "oid": there and (there["sha256"] or there["oid"]),
                }
            )
        self.answer({"files": files})

    def lfs_batch(self, repo):
        self.find_repo(repo, write=True)
        objects = []
        for wanted in self.json()["objects"]:
            oid, size = wanted["oid"], wanted["size"]
            upload = {"href": f"{self.hub.contents_url}/_lfs/{oid}/{size}"}
            verify = {"href": f"{self.hub.url}/_lfs/{oid}/verify"}
            actions = {"actions": {"upload": upload, "verify": verify}}
            objects.append({"oid": oid, "size": size, **({} if self.hub.content(oid).exists() else actions)})
        self.answer({"transfer": "basic", "objects": objects})

    def lfs_upload(self, oid, size):
        self.hub.put_pieces(self.unread, oid, hashlib.sha256())
        if self.hub.content(oid).stat().st_size != int(size):
            raise Refusal(400, f"{oid} does not have {size} bytes")
        self.answer({})

    def lfs_verify(self, oid):
        path = self.hub.content(oid)
        if not path.exists() or path.stat().st_size != self.json()["size"]:
            raise Refusal(404, "object not found")
        self.answer({})

    def create_commit(self, repo, rev):
        header, *operations = [json.loads(line) for line in self.body().splitlines()]
        ref = f"refs/heads/{rev}"
        with self.hub.lock:
            found = self.find_repo(repo, write=True)
            if ref not in found["refs"]:
                raise Refusal(404, f"Invalid rev id: {rev}", "RevisionNotFound")
            head = found["refs"][ref]
            if header["value"].get("parentCommit", head) != head:
                raise Refusal(412, "A commit has happened since. Please refresh and try again.")
            tree = dict(found["commits"][head]["tree"])
            for operation in operations:
                self.apply(operation["key"], operation["value"], tree)
            commit = self.hub.commit(found, ref, tree, header["value"]["summary"])
            self.hub.save(repo, found)
        self.answer({"commitOid": commit, "commitUrl": f"{self.hub.url}/datasets/{repo}/commit/{commit}"})

    def apply(self, key, value, tree):
        """One operation of a commit, on its tree."""
        path = value["path"]
        if key == "deletedFile":
            if tree.pop(path, None) is None:
                raise Refusal(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
        elif key == "lfsFile":
            tree[path] = self.lfs_file(value["oid"])
        else:
            data = base64.b64decode(value["content"])
            if len(data) > LARGEST_REGULAR_FILE:
                raise Refusal(413, f"{path} is too large for a regular file")
            if path == "README.md":
                front_matter(data)
            tree[path] = self.regular_file(data)

    # Reading

    def resolve(self, repo, rev, path):
        found = self.find_repo(repo, contents=True)
        commit = find_commit(found, rev)
        headers = {"X-Repo-Commit": commit}
        file = found["commits"][commit]["tree"].get(path)
        if file is None:
            raise Refusal(404, f"{path} does not exist on {rev}", "EntryNotFound")
        if not file["sha256"]:
            return self.answer_file(file["oid"], headers)
        headers |= {"X-Linked-Size": file["size"], "X-Linked-Etag": f'"{file["sha256"]}"'}
        headers |= {"Location": f"{self.hub.contents_url}/_contents/{file['sha256']}"}
        return self.answer(b"", 302, headers)

    def send_content(self, oid):
        self.answer_file(oid)


def damaged(data):
    """The bytes, with one in the middle changed."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


API = f"/api/datasets/{REPO}"
ROUTES = [
    (("POST",), "/api/repos/create", Handler.create_repo),
    (("POST",), "/api/validate-yaml", Handler.validate_yaml),
    (("GET",), API, Handler.info),
    (("GET",), f"{API}/revision/(?P<rev>[^/]+)", Handler.info),
    (("GET",), f"{API}/tree/(?P<rev>[^/]+)(/(?P<path>.+))?", Handler.tree),
    (("POST",), f"{API}/paths-info/(?P<rev>[^/]+)", Handler.paths_info),
    (("GET",), f"{API}/refs", Handler.refs),
    (("POST",), f"{API}/branch/(?P<name>[^/]+)", Handler.branch),
    (("POST",), f"{API}/tag/(?P<rev>[^/]+)", Handler.tag),
    (("POST",), f"{API}/preupload/(?P<rev>[^/]+)", Handler.preupload),
    (("POST",), f"{API}/commit/(?P<rev>[^/]+)", Handler.create_commit),
    (("POST",), f"/datasets/{REPO}\\.git/info/lfs/objects/batch", Handler.lfs_batch),
    (("PUT",), "/_lfs/(?P<oid>[0-9a-f]{64})/(?P<size>[0-9]+)", Handler.lfs_upload),
    (("POST",), "/_lfs/(?P<oid>[0-9a-f]{64})/verify", Handler.lfs_verify),
    (("GET", "HEAD"), f"/datasets/{REPO}/resolve/(?P<rev>[^/]+)/(?P<path>.+)", Handler.resolve),
    (("GET", "HEAD"), "/_contents/(?P<oid>[0-9a-f]{64})", Handler.send_content),
]

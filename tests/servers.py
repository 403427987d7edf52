"""A server of files on 127.0.0.1 that knows ranges and ETags, and misbehaves on demand."""

import contextlib
import hashlib
import http.server
import threading


class FileServer:
    """files: {path: bytes}; asked: (method, path, Range) of each request, in order.

    answer: function of (number of the request, path) -> None, all is well; a status, or (status, headers), that is
    answered; or {"bytes": most bytes of a body before the connection ends, "ranges": False to know none}.
    """

    def __init__(self, **files):
        self.files = {f"/{name.replace('__', '.')}": content for name, content in files.items()}
        self.answer, self.asked = lambda number, path: None, []
        handler = type("FileHandler", (Handler,), {"owner": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def ranges(self):
        """The Range of each request, None where it had none."""
        return [asked for _, _, asked in self.asked]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner = None

    def log_message(self, *args):
        pass

    def do_GET(self):
        path, wanted = self.path.partition("?")[0], self.headers["Range"]
        self.owner.asked.append((self.command, self.path, wanted))
        answer = self.owner.answer(len(self.owner.asked) - 1, path)
        content = self.owner.files.get(path)
        if isinstance(answer, int):
            answer = (answer, {})
        elif content is None and not isinstance(answer, tuple):
            answer = (404, {})
        if isinstance(answer, tuple):
            return self.send(answer[0], {"Content-Length": 0, **answer[1]}, b"")
        limits = answer or {}
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:16]}"'}
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and limits.get("ranges", True) else 0
        if begin >= len(content) > 0:
            return self.send(416, {**headers, "Content-Range": f"bytes */{len(content)}", "Content-Length": 0}, b"")
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        body = content[begin:]
        headers["Content-Length"] = len(body)
        self.send(206 if begin else 200, headers, body[: limits.get("bytes")])
        self.close_connection = "bytes" in limits

    do_HEAD = do_GET

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

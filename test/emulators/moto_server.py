"""moto's server, one request at a time, so that it can be copied with all that is in it.

POST /fork answers `{"port", "pid"}` of a copy that serves from then on; it ends with the server that it was copied from.
"""

import gc
import json
import os
import signal
import socket
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

dispatcher = DomainDispatcherApplication(create_backend_app)


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


def listen(port):
    listening = socket.socket()
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    return listening


def serve(listening, parent):
    global server
    server = make_server("127.0.0.1", listening.getsockname()[1], app, request_handler=Quiet, fd=listening.fileno())
    server.timeout = 1
    while os.getppid() == parent:
        server.handle_request()


def app(environ, start_response):
    if environ["PATH_INFO"] != "/fork":
        return dispatcher(environ, start_response)
    listening = listen(0)
    # What is frozen is not touched by the collector, so that copies share it.
    gc.freeze()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(environ["werkzeug.socket"].fileno())
        server.server_close()
        serve(listening, parent)
        os._exit(0)
    port = listening.getsockname()[1]
    listening.close()
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps({"port": port, "pid": pid}).encode()]


# Copies that ended are not waited for.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
serve(listen(int(sys.argv[1])), os.getppid())

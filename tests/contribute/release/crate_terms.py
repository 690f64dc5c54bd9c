"""Run in the environment of the validators: put the terms of RO-Crate 1.1 into their cache.

The package ``rocrate`` brings them, so that a crate is validated without the network.
"""

import sys
from importlib.resources import files
from io import BytesIO

from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3 import HTTPResponse

URL = "https://w3id.org/ro/crate/1.1/context"
TERMS = files("rocrate").joinpath("data", "ro-crate.jsonld").read_bytes()


class Packaged(HTTPAdapter):
    def send(self, request, *_, **__):
        kind = {"Content-Type": "application/ld+json"}
        answer = HTTPResponse(BytesIO(TERMS), kind, 200, preload_content=False)
        return self.build_response(request, answer)


session = CachedSession(sys.argv[1], backend="sqlite", expire_after=-1)
session.mount(URL, Packaged())
accepted = {"Accept": "application/ld+json, application/json"}
assert session.get(URL, headers=accepted).json()["@id"] == URL
session.get(URL)

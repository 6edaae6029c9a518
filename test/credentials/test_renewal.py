#!/usr/bin/python3
"""Tests how the token of an SSO login is renewed, and its file kept; prints TAP."""

import hashlib
import json
import os
import resource
import signal
import stat
import sys
import time

sys.dont_write_bytecode = True

from place import Place, keys
from standin import Service, derive, iso

from testkit import Tap

CONFIG = ("[default]\nsso_session = dev\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
          "[sso-session dev]\nsso_region = eu-west-3\nsso_start_url = https://x.example/start\n")
CACHE = f".aws/sso/cache/{hashlib.sha1(b'dev').hexdigest()}.json"
SECRETS = ("old-token", "new-token", "refresh-1", "refresh-2", "cs/")


def token(left, registered=86400, **more):
    """Return the file of a login whose token holds so many seconds."""
    return {"startUrl": "https://x.example/start", "region": "eu-west-3", "accessToken": "old-token",
            "expiresAt": iso(time.time() + left).replace("Z", "UTC"), "clientId": "client", "clientSecret": "cs/\u00e9",
            "registrationExpiresAt": iso(time.time() + registered), "refreshToken": "refresh-1",
            "scopes": ["sso:account:access", {"other": 1.50}], **more}


class Suite:
    """The tests, each with a home directory of its own."""

    def __init__(self):
        """Start the stand-in."""
        self.tap = Tap()
        self.service = Service()
        self.found = derive("sso")
        self.roles = {"111122223333/Admin": {"accessKeyId": self.found[0], "secretAccessKey": self.found[1],
                                             "sessionToken": self.found[2], "expiration": int((time.time() + 3000) * 1000)}}

    def look(self, login, bearer="new-token", config=CONFIG, number=1, oidc=None, **more):
        """Return (results, paths asked, the file's content and mode) of so many at once."""
        self.service.set(sso={"token": bearer, "roles": self.roles}, oidc=oidc if oidc is not None else {
            "refresh-1": {"accessToken": "new-token", "tokenType": "Bearer", "expiresIn": 3600, "refreshToken": "refresh-2"}})
        with Place() as place:
            place.write(".aws/config", config)
            path = place.write(CACHE, json.dumps(login), 0o640)
            started = [place.start({"AWS_REGION": "us-east-1"}, None, self.service, **more) for _ in range(number)]
            results = [json.loads(p.communicate(timeout=60)[0]) for p in started]
            with open(path, encoding="utf-8") as file:
                content = json.load(file)
            left = sorted(os.listdir(os.path.dirname(path)))
            self.tap.equal(left, [os.path.basename(path)], "nothing else is left in the folder")
            return results, [e["path"].partition("?")[0] for e in self.service.log], content, \
                stat.S_IMODE(os.stat(path).st_mode)

    def gives(self, name, results, wanted=None):
        """Test that all results are the role's keys, or the message."""
        for result in results:
            got = keys(result)
            if isinstance(got, str):
                self.tap.ok(not any(s in got for s in SECRETS), name + ": no secret")
            self.tap.ok(got == tuple(self.found) if wanted is None else isinstance(got, str) and got.endswith(wanted), name)

    def run(self):
        """Run all tests; returns the exit status."""
        for left in (-60, 600):
            results, asked, content, mode = self.look(token(left))
            self.gives(f"a token with {left} seconds left is renewed", results)
            self.tap.equal(asked, ["/token", "/federation/credentials"], "before it is used")
            expires = content.pop("expiresAt")
            self.tap.ok(abs(time.mktime(time.strptime(expires, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone - time.time() - 3600) < 60,
                        "its end is written down")
            wanted = {**token(left), "accessToken": "new-token", "refreshToken": "refresh-2",
                      "registrationExpiresAt": content["registrationExpiresAt"]}
            del wanted["expiresAt"]
            self.tap.equal(content, wanted, "with all else that the file holds")
            self.tap.equal(mode, 0o600, "for its owner only")
        results, asked, content, _ = self.look(token(-60), oidc={"refresh-1": {"accessToken": "new-token", "expiresIn": 3600}})
        self.gives("an answer without a refresh token", results)
        self.tap.equal(content["refreshToken"], "refresh-1", "leaves the old one")
        results, asked, content, _ = self.look(token(1200), "old-token")
        self.gives("a token that holds for long", results)
        self.tap.equal((asked, content["accessToken"]), (["/federation/credentials"], "old-token"), "is used as it is")

        results, _, content, _ = self.look(token(-60), number=2)
        self.gives("two at once, of whom one is refused", results)
        self.tap.equal(content["accessToken"], "new-token", "share the token")

        refused = {"status": 400, "body": '{"error": "invalid_grant", "error_description": "refresh-1"}'}
        results, asked, _, _ = self.look(token(-60), oidc=refused)
        self.gives("a refusal", results, "CreateToken answered with HTTP status 400 invalid_grant; run: aws sso login")
        self.tap.equal(asked, ["/token"], "is final")
        results, *_ = self.look(token(600), "old-token", oidc=refused)
        self.gives("a refusal while the token holds", results)
        results, *_ = self.look(token(-60), oidc={"status": 200, "body": "{}"})
        self.gives("an answer without a token", results, "AWS SSO: the answer to CreateToken has no token")
        for name, login, config in (
                ("a registration that is over", token(-60, registered=-1), CONFIG),
                ("a login without a refresh token", token(-60, refreshToken=None), CONFIG),
                ("a login without a secret", token(-60, clientSecret=""), CONFIG)):
            results, asked, *_ = self.look(login, config=config)
            self.gives(name, results, "SSO: the SSO token has expired; run: aws sso login")
            self.tap.equal(asked, [], "asks for nothing")

        def no_writing():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        results, _, content, mode = self.look(token(-60), preexec_fn=no_writing)
        self.gives("where nothing can be written, the token serves all the same", results)
        self.tap.equal((content["accessToken"], mode), ("old-token", 0o640), "and the file stays as it was")
        return self.tap.done()


if __name__ == "__main__":
    sys.exit(Suite().run())

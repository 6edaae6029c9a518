#!/usr/bin/python3
"""A stand-in for the services that give credentials: STS, IMDS, containers'
agents and SSO, all on one loopback port.

    service = Service()            # a thread of this process
    service.set(imds={...}, sts={...})
    service.url, service.log

Settings, each a dict; a service whose setting is absent answers 404:

sts        accounts {key id: {secret, token}}, fail [(status, code, message)
           for the next requests], body (raw text instead of an answer),
           lifetime, hang (seconds), ahead (seconds that its clock is), tokens {web identity token: role ARN}
imds       role, document (a dict; or text), region, token (False: 403),
           statuses {path: status}, hang [paths that get no answer]
container  {path: document}, authorization, statuses [of the next requests]
sso        {(account, role): document}, token, status
oidc       {refresh token: answer}, of which each is given once; status, body

As a program it may take the settings as JSON, prints its URL, takes others at
/_set, answers /_log with the requests since, and ends with its stdin.
"""

import calendar
import hashlib
import json
import os
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../mock"))

from botocore.credentials import Credentials

import signature

STS_XML = ('<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n'
           '  <{0}Result>\n    <AssumedRoleUser><Arn>{1}/x</Arn></AssumedRoleUser>\n'
           '    <Credentials>\n      <Expiration>{5}</Expiration>\n'
           '      <AccessKeyId>{2}</AccessKeyId>\n'
           '      <SecretAccessKey>{3}</SecretAccessKey>\n'
           '      <SessionToken>{4}</SessionToken>\n    </Credentials>\n'
           '  </{0}Result>\n  <ResponseMetadata><RequestId>r-1</RequestId>'
           '</ResponseMetadata>\n</{0}Response>\n')
STS_ERROR = ('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
             '<Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message>'
             '</Error><RequestId>r-1</RequestId></ErrorResponse>')


def iso(seconds):
    """Return a time as AWS writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def derive(*parts):
    """Return (key id, secret, token) that belong to these texts only."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    return "ASIA" + digest[:16].upper(), digest[16:56] + "/+", "tok&<" + digest[20:60]


def escape(text):
    """Return a text as XML has it."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Rejected(Exception):
    """An error answer of STS: status, code, message."""


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; self.server.service has the settings."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Be silent."""

    def header(self, name):
        """Return a header's value or None, as signature.py wants it."""
        return self.headers.get(name)

    def date_time_string(self, timestamp=None):
        """Return the time for the header Date, as STS has it."""
        ahead = (self.server.service.settings.get("sts") or {}).get("ahead", 0)
        return super().date_time_string(timestamp or time.time() + ahead)

    def answer(self, status, text, kind="application/json"):
        """Send an answer."""
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        """Answer any request."""
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        service = self.server.service
        path, _, query = self.path.partition("?")
        entry = {"method": self.command, "path": self.path,
                 "headers": {k.lower(): v for k, v in self.headers.items()},
                 "body": self.body.decode()}
        if path == "/_log":
            return self.answer(200, json.dumps(service.log))
        if path == "/_set":
            service.set(**json.loads(self.body))
            return self.answer(200, "{}")
        service.log.append(entry)
        if path.startswith("/latest/"):
            self.serve_imds(path, service.settings.get("imds"))
        elif path == "/federation/credentials":
            self.serve_sso(query, service.settings.get("sso"))
        elif path == "/token":
            self.serve_oidc(service.settings.get("oidc") or {})
        elif self.command == "POST":
            self.serve_sts(service.settings.get("sts"))
        else:
            self.serve_container(self.path, service.settings.get("container"))
        return None

    do_GET = do_POST = do_PUT = serve

    def serve_imds(self, path, imds):
        """Answer as the instance metadata service."""
        if imds is None:
            return self.answer(404, "")
        if path in imds.get("hang", ()):
            time.sleep(imds.get("hang_seconds", 3))
            self.close_connection = True
            return None
        status = imds.get("statuses", {}).get(path)
        if status:
            return self.answer(status, "<html>no</html>")
        if path == "/latest/api/token":
            if self.command != "PUT" or not self.header("x-aws-ec2-metadata-token-ttl-seconds"):
                return self.answer(400, "")
            return self.answer(200, "imds-token") if imds.get("token", True) else \
                self.answer(403, "")
        if self.header("x-aws-ec2-metadata-token") != \
                ("imds-token" if imds.get("token", True) else None):
            return self.answer(401, "")
        role = imds.get("role")
        if role and path == "/latest/meta-data/iam/security-credentials/":
            return self.answer(200, role, "text/plain")
        if role and path == "/latest/meta-data/iam/security-credentials/" + role:
            document = imds["document"]
            return self.answer(200, document if isinstance(document, str)
                               else json.dumps(document))
        if imds.get("region") and path == "/latest/meta-data/placement/region":
            return self.answer(200, imds["region"], "text/plain")
        return self.answer(404, "")

    def serve_container(self, path, container):
        """Answer as a container's agent."""
        if container is None:
            return self.answer(404, "")
        statuses = container.get("statuses")
        if statuses:
            return self.answer(statuses.pop(0), "{}")
        if container.get("authorization") != self.header("authorization"):
            return self.answer(403, '{"message": "unauthorized"}')
        document = container.get(path)
        return self.answer(200, json.dumps(document)) if document else self.answer(404, "{}")

    def serve_sso(self, query, sso):
        """Answer as SSO's portal."""
        if sso is None:
            return self.answer(404, "{}")
        if self.header("x-amz-sso_bearer_token") != sso["token"]:
            return self.answer(401, '{"message": "Session token not found or invalid"}')
        if sso.get("status"):
            return self.answer(sso["status"], '{"message": "No access to '
                               + sso["token"] + '"}')
        query = dict(urllib.parse.parse_qsl(query, strict_parsing=True))
        document = sso["roles"].get(query["account_id"] + "/" + query["role_name"])
        return self.answer(200, json.dumps({"roleCredentials": document})) \
            if document else self.answer(403, '{"message": "ForbiddenException"}')

    def serve_oidc(self, oidc):
        """Answer as SSO's CreateToken."""
        if "status" in oidc:
            return self.answer(oidc["status"], oidc["body"])
        wanted = json.loads(self.body)
        answer = oidc.pop(wanted.pop("refreshToken", None), None)
        if not answer or wanted != {"grantType": "refresh_token", "clientId": "client", "clientSecret": "cs/\u00e9"} or \
                self.header("content-type") != "application/json" or self.header("authorization"):
            return self.answer(400, '{"error": "invalid_grant", "error_description": "Invalid refresh token provided"}')
        return self.answer(200, json.dumps(answer))

    def serve_sts(self, sts):
        """Answer as STS."""
        try:
            if sts is None:
                raise Rejected(403, "AccessDenied", "there is no STS here")
            if sts.get("hang"):
                time.sleep(sts["hang"])
            if sts.get("fail"):
                raise Rejected(*sts["fail"].pop(0))
            if "body" in sts:
                return self.answer(200, sts["body"], "text/xml")
            return self.answer(200, self.take_role(sts), "text/xml")
        except Rejected as e:
            status, code, message = e.args
            return self.answer(status, STS_ERROR.format(code, escape(message)), "text/xml")

    def take_role(self, sts):
        """Return the answer to a valid request for a role."""
        if self.headers.get("Content-Type") != \
                "application/x-www-form-urlencoded; charset=utf-8":
            raise Rejected(400, "InvalidContentType", "")
        form = dict(urllib.parse.parse_qsl(self.body.decode(), strict_parsing=True))
        action = form.pop("Action", None)
        if form.pop("Version", None) != "2011-06-15":
            raise Rejected(400, "InvalidVersion", "")
        if action == "AssumeRole":
            caller = self.verify(sts)
            allowed = {"RoleArn", "RoleSessionName", "ExternalId", "DurationSeconds"}
        elif action == "AssumeRoleWithWebIdentity":
            caller = form.get("WebIdentityToken")
            if self.header("authorization"):
                raise Rejected(400, "UnexpectedSignature", "")
            if sts.get("tokens", {}).get(caller) != form.get("RoleArn"):
                raise Rejected(400, "InvalidIdentityToken", "Not a token: " + str(caller))
            allowed = {"RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds"}
        else:
            raise Rejected(400, "InvalidAction", str(action))
        if not {"RoleArn", "RoleSessionName"} <= set(form) <= allowed:
            raise Rejected(400, "ValidationError", ", ".join(form))
        wanted = sts.get("external_ids", {}).get(form["RoleArn"])
        if wanted != form.get("ExternalId"):
            raise Rejected(403, "AccessDenied", f"{caller} may not take {form['RoleArn']}")
        key, secret, token = derive(action, caller, form["RoleArn"])
        sts.setdefault("accounts", {})[key] = {"secret": secret, "token": token}
        lifetime = sts.get("lifetime", int(form.get("DurationSeconds", 3600)))
        return STS_XML.format(action, escape(form["RoleArn"]), key, secret,
                              escape(token), iso(time.time() + sts.get("ahead", 0) + lifetime))

    def verify(self, sts):
        """Return the access key id of a signed request; botocore computes the
        signature that it must have."""
        match = signature.AUTHORIZATION.fullmatch(self.header("authorization") or "")
        if not match:
            raise Rejected(403, "MissingAuthenticationToken", "not signed")
        key, day, region, service, names, given = match.groups()
        account = sts.get("accounts", {}).get(key)
        if account is None or account.get("token") != self.header("x-amz-security-token"):
            raise Rejected(403, "InvalidClientTokenId",
                           "The security token included in the request is invalid.")
        stamp = self.header("x-amz-date") or ""
        signed = names.split(";")
        needed = {"host", "content-type", "x-amz-date"}
        if account.get("token"):
            needed.add("x-amz-security-token")
        request = self.server.service.Received(self.command, self.path,
                                               list(self.headers.items()), self.body)
        expected = signature.compute(request, signed, Credentials(key, account["secret"]),
                                     "sts", region, stamp)
        if service != "sts" or not needed <= set(signed) or expected != given \
                or stamp[:8] != day or abs(time.time() + sts.get("ahead", 0) - calendar.timegm(
                    time.strptime(stamp, "%Y%m%dT%H%M%SZ"))) > 300:
            raise Rejected(403, "SignatureDoesNotMatch",
                           "echo of " + self.header("authorization")
                           + " " + str(account.get("token")))
        self.server.service.regions.append(region)
        return key


class Service:
    """The server, in threads of this process."""

    class Received:
        """A request in the form that signature.py reads."""

        def __init__(self, method, path, headers, body):
            """Keep its parts."""
            self.method, self.path, self.body = method, path, body
            self.headers = [(name.lower(), value) for name, value in headers]

        def header(self, name):
            """Return a header's value, or None."""
            return dict(self.headers).get(name)

    def __init__(self, **settings):
        """Start it."""
        self.log = []
        self.regions = []
        self.settings = settings
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # clients may hang up whenever they like
        self.server.handle_error = lambda *_: None
        self.server.service = self
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def set(self, **settings):
        """Replace all settings and forget the log."""
        self.settings = settings
        self.log.clear()
        self.regions.clear()


def main():
    """Serve until stdin ends."""
    service = Service(**json.loads(sys.argv[1] if sys.argv[1:] else "{}"))
    print(service.url, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

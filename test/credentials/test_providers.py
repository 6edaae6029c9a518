#!/usr/bin/python3
"""Tests each source of credentials against stand-ins; prints TAP."""

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from place import Place, keys
from standin import Service, derive, iso

from testkit import Tap

A, B = ("AKIDA", "secret+/A-0123456789", None), ("AKIDB", "secret+/B-0123456789", None)
ROLE, OTHER = "arn:aws:iam::111122223333:role/one", "arn:aws:iam::444455556666:role/two"
ENV = {"AWS_ACCESS_KEY_ID": A[0], "AWS_SECRET_ACCESS_KEY": A[1], "AWS_REGION": "eu-west-1"}
ACCOUNTS = {"AKIDA": {"secret": A[1]}, "AKIDB": {"secret": B[1]}}


def document(n, lifetime=3600, token="Token"):
    """Return (a document of credentials, these credentials)."""
    found = derive("document", n)
    return {"Code": "Success", "AccessKeyId": found[0], "SecretAccessKey": found[1],
            token: found[2], "Expiration": iso(time.time() + lifetime)}, found


class Suite:
    """The tests, sharing one stand-in."""

    def __init__(self):
        """Start the stand-in."""
        self.tap = Tap()
        self.service = Service()

    def found(self, name, result, wanted):
        """Test what was found; nothing may be left behind."""
        if not self.tap.ok(keys(result) == tuple(wanted), name):
            print(f"#   got {result}\n#   wanted {wanted}", file=sys.stderr)
        self.clean(result)

    def fails(self, name, result, pattern, secrets=()):
        """Test that nothing was found, by the message, which tells no secret."""
        message = result.get("error", {}).get("message", "")
        good = re.search(pattern, message) and not any(s in message for s in secrets)
        if not self.tap.ok(good, name):
            print(f"#   got {result}\n#   wanted {pattern}", file=sys.stderr)
        self.clean(result)

    def clean(self, result):
        """Test that no descriptor or process is left."""
        left = {k: v for k, v in result.items() if k in ("descriptors", "children") and v}
        if left:
            self.tap.ok(False, f"nothing is left: {left}")

    # --- credential_process

    def process(self, script, command="helper", **more):
        """Resolve with a shell script as credential_process."""
        with Place() as place:
            path = place.write("a folder/helper", "#!/bin/sh\n" + script, 0o700)
            command = command.replace("helper", '"' + path + '"', 1)
            place.write(".aws/config", f"[default]\ncredential_process = {command}\n")
            result = place.resolve(**more)
            left = {name: open(os.path.join(place.home, name), encoding="utf-8").read()
                    for name in os.listdir(place.home) if name.startswith("left")}
            return result, left

    def test_process(self):
        """Programs are started in peace, read, and judged."""
        say = 'echo \'{"Version": 1, "AccessKeyId": "AKIDA", "SecretAccessKey": "\'"$1"\'"%s}\'\n'
        plain = say % ""
        joined = plain.replace('"$1"', '"$(echo "$1" | tr " " _)"')
        result, _ = self.process(joined, 'helper "a  b" $HOME;')
        self.found("the words of a command line reach the program", result, ("AKIDA", "a__b", None))
        result, _ = self.process(plain, 'helper "a b"')
        self.fails("a secret with a blank", result, "credential_process: the secret access key contains a blank")
        result, _ = self.process(plain.replace("$1", "$2$3"), "helper 'a  b' $HOME |")
        self.found("and no shell", result, ("AKIDA", "$HOME|", None))
        result, _ = self.process(say % ', "SessionToken": "t", "Expiration": "2040-01-01T00:00:00Z"', "helper x")
        self.found("token", result, ("AKIDA", "x", "t"))
        self.tap.equal((result["expires_at"], result["renewable"], result["source"]),
                       (2208988800, True, "credential_process"), "expiry")
        result, _ = self.process(say % ', "Expiration": "2020-01-01T00:00:00Z"', "helper x")
        self.fails("expired keys", result, "credential_process: .* have expired", ["AKIDA"])
        for name, script, pattern in (
                ("exit code", "echo 'no luck' >&2; echo secret; exit 3", 'helper" failed with exit code 3: no luck$'),
                ("signal", "kill -9 $$", 'helper" was terminated by signal 9$'),
                ("no JSON", "echo hello", "is not a JSON object$"),
                ("no output", "exit 0", "is not a JSON object$"),
                ("version 2", plain.replace(": 1", ": 2"), 'has no "Version": 1$'),
                ("version as text", plain.replace(": 1", ': "1"'), 'has no "Version": 1$'),
                ("no secret", plain.replace("Secret", "secret"), "the answer has no SecretAccessKey$"),
                ("too much output", "exec yes", "wrote more than 65536 bytes$"),
                ("much on stderr", "head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1", "exit code 1: x{299}$")):
            result, _ = self.process(script, "helper x")
            self.fails(name, result, pattern, ["secret;"])
        for name, command, pattern in (
                ("no such program", "/no/such/program", '"/no/such/program" does not start: No such file'),
                ("an open quote", 'helper "x', "cannot be split into words: a quotation mark is not closed")):
            result, _ = self.process("exit 0", command)
            self.fails(name, result, pattern)
        result, _ = self.process(plain + "sleep 30 & exit 0\n", "helper x")
        self.found("a program that leaves another behind, with its output", result, ("AKIDA", "x", None))
        self.tap.ok(result["milliseconds"] < 5000, "is not waited for longer than it lives")

    def test_process_surroundings(self):
        """It starts with default signals, three descriptors, and a group."""
        def spoil():
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
            os.dup2(1, 55)
        script = ('cd "${0%/*}/.."; exec 3>&1 >left.$$; for f in /proc/$$/fd/*; do [ ! -e "$f" ] || echo "fd ${f##*/}"; done\n'
                  'while read -r line; do case $line in SigBlk*|SigIgn*) echo "$line" ;; esac; done </proc/$$/status\n'
                  'cut -d " " -f 5 /proc/$$/stat; readlink /proc/$$/fd/0\n'
                  'echo \'{"Version": 1, "AccessKeyId": "AKIDA", "SecretAccessKey": "x"}\' >&3\n')
        result, left = self.process(script, preexec_fn=spoil, restore_signals=False, close_fds=False)
        self.found("a program", result, ("AKIDA", "x", None))
        (name, text), = left.items()
        pid = name.split(".")[1]
        fds = sorted(set(re.findall(r"^fd (\d+)", text, re.M)) - {"3", "10", "255"}, key=int)
        self.tap.equal([f for f in fds if int(f) > 2], [], "has no descriptors of others")
        # 32 and 33 are glibc's own
        self.tap.equal([int(m, 16) & ~(3 << 31) for m in re.findall(r"^Sig\w+:\s*(\w+)", text, re.M)], [0, 0],
                       "no signal is blocked or ignored")
        self.tap.ok(f"\n{pid}\n/dev/null\n" in text, "it leads a process group, and reads nothing")

    def test_process_abandoned(self):
        """A program and its children die with the search."""
        result, left = self.process('cd "${0%/*}/.."; sleep 300 & echo $$ $! >left; wait', arguments={"abandon": 400})
        self.tap.ok(result["pending"] and result["milliseconds_to_free"] < 500, "a slow program is given up")
        self.clean(result)
        pids = [int(p) for p in left["left"].split()]
        self.tap.equal([p for p in pids if alive(p)], [], "it and its children are gone")

    # --- STS

    def role(self, variables=None, arguments=None, config="", **sts):
        """Resolve with a role to take."""
        self.service.set(sts={"accounts": {k: dict(v) for k, v in ACCOUNTS.items()}, **sts})
        with Place() as place:
            if config:
                place.write(".aws/config", config)
            return place.resolve({**ENV, **(variables or {})}, arguments, self.service)

    def test_sts(self):
        """Roles are taken with signed requests; errors are STS's own."""
        one = derive("AssumeRole", "AKIDA", ROLE)
        arguments = {"role_arn": ROLE}
        result = self.role(arguments=arguments)
        self.found("a role", result, one)
        self.tap.ok(abs(result["expires_at"] - time.time() - 3600) < 60 and result["renewable"]
                    and result["source"] == "assumed role", "expiry and source")
        self.tap.equal(self.service.regions, ["eu-west-1"], "the region is signed for")
        self.tap.ok(re.search(r"RoleSessionName=ssm_fdw-\d+$", self.service.log[0]["body"]), "a session has a name")
        self.tap.equal(self.service.log[0]["headers"]["user-agent"], "resolve", "User-Agent")
        result = self.role(arguments={**arguments, "external_id": "e:/=x", "role_session_name": "a,b@c.d",
                                      "duration_seconds": 900}, external_ids={ROLE: "e:/=x"})
        self.found("with all parameters", result, one)
        self.tap.equal(self.service.log[0]["body"], "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A"
                       "%3A111122223333%3Arole%2Fone&RoleSessionName=a%2Cb%40c.d&ExternalId=e%3A%2F%3Dx&DurationSeconds=900",
                       "they are sent")
        result = self.role(arguments={"role_arn": OTHER}, config=f"[default]\nrole_arn={ROLE}\ncredential_source=Environment\n",
                           variables={"AWS_PROFILE": "default"})
        self.found("on top of the environment", result, derive("AssumeRole", "AKIDA", OTHER))
        result = self.role(arguments={"role_arn": OTHER, "profile": "p", "ambient": "0"}, config="[profile p]\n"
                           f"role_arn={ROLE}\nsource_profile=q\n[profile q]\naws_access_key_id=AKIDB\naws_secret_access_key={B[1]}\n")
        self.found("on top of a role of a profile", result,
                   derive("AssumeRole", derive("AssumeRole", "AKIDB", ROLE)[0], OTHER))
        result = self.role(arguments=arguments, fail=[(503, "", ""), (400, "Throttling", "Rate exceeded")])
        self.found("after failures that pass", result, one)
        self.tap.equal(len(self.service.log), 3, "in three attempts")
        for ahead in (7200, -7200):
            result = self.role(arguments=arguments, ahead=ahead)
            self.found("by a clock that is two hours off", result, one)
            self.tap.equal(len(self.service.log), 2, "the second attempt is right")
            self.tap.ok(abs(result["expires_at"] - time.time() - ahead - 3600) < 60, "and so is what it brought")
        for name, more, pattern, requests in (
                ("denied", {"external_ids": {ROLE: "x"}}, f'AssumeRole of "{ROLE}" failed: AccessDenied: AKIDA may not take', 1),
                ("wrong key", {"accounts": {}}, "InvalidClientTokenId: The security token", 1),
                ("wrong secret", {"accounts": {"AKIDA": {"secret": "x"}}}, "SignatureDoesNotMatch: echo of AWS4.*Signature=\\*{3} ", 1),
                ("three failures", {"fail": [(500, "", "")] * 3}, "failed: HTTP 500$", 3),
                ("a hint of XML", {"fail": [(400, "PackedPolicyTooLarge", "a < b & c")]}, "PackedPolicyTooLarge: a < b & c$", 1),
                ("HTML", {"body": "<html><br></html>"}, "the answer has no credentials$", 3),
                ("another's answer", {"body": "<AssumeRoleWithWebIdentityResponse/>"}, "the answer has no credentials$", 3),
                ("expired on arrival", {"lifetime": -5}, "have expired$", 1)):
            result = self.role(arguments=arguments, **more)
            self.fails(name, result, "assumed role: .*" + pattern, [A[1]])
            self.tap.equal(len(self.service.log), requests, "requests")
        with Place() as place:
            result = place.resolve({k: v for k, v in ENV.items() if k != "AWS_REGION"}, arguments)
            self.fails("no region", result, "Missing Region")

    def test_web_identity(self):
        """A token from a file takes a role, unsigned."""
        with Place() as place:
            path = place.write("token", "ey.J+/= 1\n")
            self.service.set(sts={"tokens": {"ey.J+/= 1\n": ROLE}, "fail": [(400, "IDPCommunicationError", "later")]})
            variables = {"AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": ROLE, "AWS_ROLE_SESSION_NAME": "me",
                         "AWS_REGION": "us-east-1"}
            result = place.resolve(variables, None, self.service)
            self.found("a web identity", result, derive("AssumeRoleWithWebIdentity", "ey.J+/= 1\n", ROLE))
            self.tap.equal(len(self.service.log), 2, "IDPCommunicationError passes")
            self.tap.ok("authorization" not in self.service.log[1]["headers"] and
                        "&RoleSessionName=me&" in self.service.log[1]["body"], "unsigned, by that name")
            self.service.set(sts={"tokens": {}})
            result = place.resolve(variables, None, self.service)
            self.fails("a token that is not accepted", result, r"InvalidIdentityToken: Not a token: \*+", ["ey.J+"])
            result = place.resolve({**variables, "AWS_WEB_IDENTITY_TOKEN_FILE": path + "x"}, None, self.service)
            self.fails("no token file", result, 'web identity: could not read ".*/tokenx": No such file')
            result = place.resolve({**variables, "AWS_WEB_IDENTITY_TOKEN_FILE": place.home}, None, self.service)
            self.fails("a folder", result, "web identity: could not read .*: it is not a regular file$")
            place.write("token", "")
            result = place.resolve(variables, None, self.service)
            self.fails("an empty token file", result, 'web identity: could not read ".*/token": it is empty')

    # --- IMDS

    def instance(self, variables=None, **imds):
        """Resolve on an instance."""
        self.service.set(imds=imds)
        with Place() as place:
            return place.resolve(variables or {}, None, self.service)

    def test_metadata(self):
        """The instance's role and region, with a token where there is one."""
        doc, found = document(1)
        good = {"role": "my-role_1", "document": doc, "region": "eu-north-1"}
        root = "/latest/meta-data/iam/security-credentials/"
        result = self.instance(**good)
        self.found("the instance's role", result, found)
        self.tap.equal((result["region"], result["endpoint"]), ("eu-north-1", "https://ssm.eu-north-1.amazonaws.com/"),
                       "its region")
        self.tap.equal([(e["method"], e["path"], e["headers"].get("x-aws-ec2-metadata-token")) for e in self.service.log[-3:]],
                       [("PUT", "/latest/api/token", None), ("GET", root, "imds-token"), ("GET", root + "my-role_1", "imds-token")],
                       "three requests, with a token")
        region = {"AWS_REGION": "us-east-1"}
        result = self.instance({"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1", "no_proxy": None, **region}, **good)
        self.found("by no proxy", result, found)
        result = self.instance(region, token=False, **good)
        self.found("IMDSv1 where there is no token", result, found)
        result = self.instance({"AWS_EC2_METADATA_V1_DISABLED": "True", **region}, token=False, **good)
        self.fails("unless that is forbidden", result, "instance metadata: .*HTTP status 403$")
        result = self.instance(region, hang=["/latest/api/token"], **{**good, "token": False})
        self.found("a token that never comes", result, found)
        self.tap.ok(result["milliseconds"] < 1900, "is not waited for")
        result = self.instance(region, hang=["/latest/api/token", root], **good)
        self.fails("nothing ever comes", result, "instance metadata: connection to the instance metadata service failed: ")
        self.tap.ok(result["milliseconds"] < 2000, "is told in less than two seconds")
        for name, more, pattern in (
                ("bad request", {"statuses": {"/latest/api/token": 400}}, "HTTP status 400$"),
                ("no role", {"role": None}, "the instance has no role$"),
                ("a strange role", {"role": "a/b"}, "sent an invalid answer$"),
                ("no credentials", {"document": {"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot"}},
                 '"my-role_1": AssumeRoleUnauthorizedAccess: EC2 cannot$'),
                ("half a document", {"document": {"AccessKeyId": "x"}}, "the answer has no SecretAccessKey$"),
                ("no JSON", {"document": "<html>"}, "not a JSON object$"),
                ("an error", {"statuses": {root: 500}}, "HTTP status 500$"),
                ("a redirect", {"statuses": {root: 302}}, "HTTP status 302$"),
                ("too much", {"document": "x" * 200000}, "is larger than 131072 bytes$")):
            result = self.instance(region, **{**good, **more})
            self.fails(name, result, "^no AWS credentials found: .*; instance metadata: .*" + pattern)
        result = self.instance({"AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3", **region}, statuses={root: 500}, **good)
        self.tap.equal(len(self.service.log), 4, "attempts may be asked for")
        doc, found = document(2, lifetime=-3000)
        result = self.instance(region, role="r", document=doc)
        self.found("credentials that have expired", result, found)
        self.tap.ok(16 * 60 < result["expires_at"] - time.time() <= 25 * 60, "serve some time longer")
        result = self.instance({"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv5", **region}, **good)
        self.fails("an unknown mode", result, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6$")
        result = self.instance({**ENV, "AWS_CREDENTIAL_EXPIRATION": "soon"})
        self.fails("an unknown time", result, "environment: AWS_CREDENTIAL_EXPIRATION is not a time$")
        result = self.instance({}, role="r", document=document(3)[0], region="evil.example/#")
        self.tap.ok(result["region"] is None and "an invalid answer" in result["region_error"]["message"], "an invalid region")

    def test_locale(self):
        """Words of ASCII are read alike where an I has no i."""
        doc, found = document(8)
        with Place() as place:
            done = subprocess.run(["localedef", "-i", "tr_TR", "-f", "ISO-8859-9", place.home + "/tr_TR"], check=False)
            self.tap.equal(done.returncode, 0, "a Turkish locale")
            turkish = {"LOCPATH": place.home, "LC_ALL": "tr_TR", "AWS_REGION": "us-east-1"}
            self.service.set(imds={"role": "r", "document": doc})
            result = place.resolve({**turkish, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv4"}, None, self.service)
            self.found("a mode", result, found)
            self.service.set(container={"/x": doc})
            place.write(".aws/config", f"[default]\nAWS_ACCESS_KEY_ID = AKIDA\nAWS_SECRET_ACCESS_KEY = {A[1]}\n")
            self.found("keys in capitals", place.resolve(turkish, None, self.service), A)

    def test_off_cloud(self):
        """Where there is no instance, that is soon known."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with Place() as place:
                variables = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_EC2_METADATA_DISABLED": None, "AWS_REGION": "us-east-1"}
                result = place.resolve(variables)
                self.fails("nobody listens", result, "instance metadata: could not connect to the instance metadata service: ")
                listener.listen(0)
                waiting = [socket.socket() for _ in range(4)]
                for s in waiting:
                    s.setblocking(False)
                    s.connect_ex(listener.getsockname())
                result = place.resolve(variables)
                self.fails("a connection is never made", result, "instance metadata: could not connect to the instance metadata service: ")
                self.tap.ok(result["milliseconds"] < 2000, "is told in less than two seconds")
                result = place.resolve(variables, {"abandon": 200})
                self.tap.ok(result["pending"] and result["milliseconds_to_free"] < 100, "or given up before")
                self.clean(result)
                for s in waiting:
                    s.close()

    # --- containers and SSO

    def test_container(self):
        """A container's agent is asked, with the token it gave."""
        doc, found = document(5)
        with Place() as place:
            url = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.service.url + "/v1/x?a=b", "AWS_REGION": "us-east-1"}
            path = place.write("token", "from-file")
            both = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "from-env", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path}
            proxy = {"http_proxy": "http://127.0.0.1:1", "no_proxy": None}
            for name, variables, settings in (
                    ("a container", proxy, {}),
                    ("with a token", {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x y"}, {"authorization": "Basic x y"}),
                    ("with a token in a file", both, {"authorization": "from-file"}),
                    ("that fails once", {}, {"statuses": [500]})):
                self.service.set(container={"/v1/x?a=b": doc, **settings})
                result = place.resolve({**url, **variables}, None, self.service)
                self.found(name, result, found)
            self.tap.equal(len(self.service.log), 2, "then it is asked again")
            self.tap.ok(result["milliseconds"] >= 1000, "after a second")
            self.service.set(container={"/v1/x?a=b": doc, "authorization": "other"})
            place.write("token", "from-file\n")
            result = place.resolve({**url, **both}, None, self.service)
            self.fails("a line break in the token", result, "container: the authorization token .*TOKEN_FILE contains a line break")
            self.tap.equal(len(self.service.log), 0, "is not sent")
            result = place.resolve({**url, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"}, None, self.service)
            self.fails("another host in plain text", result, 'container: .* names the host "192.0.2.1", which may be asked with https only')

    def test_sso(self):
        """The token of a login gets a role's credentials."""
        found = derive("sso")
        role = {"accessKeyId": found[0], "secretAccessKey": found[1], "sessionToken": found[2],
                "expiration": int((time.time() + 3000) * 1000)}
        sso = {"token": "sso-token-123", "roles": {"111122223333/Admin+1": role}}
        with Place() as place:
            config = ("[default]\nsso_session = my dev\nsso_account_id = 111122223333\nsso_role_name = Admin+1\n"
                      "[sso-session my dev]\nsso_region = eu-west-3\nsso_start_url = https://x.example/start\n")
            legacy = ("[default]\nsso_region = eu-west-3\nsso_start_url = https://x.example/start\n"
                      "sso_account_id = 111122223333\nsso_role_name = Admin+1\n")
            names = {"my dev": "", "https://x.example/start": ""}
            for name in names:
                names[name] = f".aws/sso/cache/{hashlib.sha1(name.encode()).hexdigest()}.json"
            token = '{"accessToken": "sso-token-123", "expiresAt": "%s"}'
            place.write(names["my dev"], token % iso(time.time() + 600))
            self.service.set(sso=sso)
            place.write(".aws/config", config)
            result = place.resolve({"AWS_REGION": "us-east-1"}, None, self.service)
            self.found("an sso-session", result, found)
            self.tap.equal(self.service.log[0]["path"], "/federation/credentials?account_id=111122223333&role_name=Admin%2B1",
                           "its account and role are asked for")
            place.write(".aws/config", legacy)
            result = place.resolve({"AWS_REGION": "us-east-1"}, None, self.service)
            self.fails("no login for a start URL", result, 'SSO: could not read ".*json": No such file.*; run: aws sso login')
            place.write(names["https://x.example/start"], token % iso(time.time() + 600))
            result = place.resolve({"AWS_REGION": "us-east-1"}, None, self.service)
            self.found("a login for a start URL", result, found)
            self.service.set(sso={**sso, "token": "another"})
            result = place.resolve({"AWS_REGION": "us-east-1"}, None, self.service)
            self.fails("a token that is not accepted", result, "SSO: AWS SSO does not accept the token; run: aws sso login", ["sso-token"])
            self.service.set(sso={**sso, "status": 403})
            result = place.resolve({"AWS_REGION": "us-east-1"}, None, self.service)
            self.fails("no access", result, r"HTTP status 403: No access to \*+$", ["sso-token"])
            place.write(names["https://x.example/start"], token % iso(time.time() - 1))
            result = place.resolve({"AWS_REGION": "us-east-1"}, None, self.service)
            behind = place.resolve({"AWS_REGION": "us-east-1"}, {"ahead": -7200}, self.service)
            self.fails("which it is by AWS's clock", behind, "HTTP status 403")
            self.fails("an old login", result, "SSO: the SSO token has expired; run: aws sso login", ["sso-token"])

    def run(self):
        """Run all tests; returns the exit status."""
        for name in sorted(n for n in dir(self) if n.startswith("test_")):
            getattr(self, name)()
        return self.tap.done()


def alive(pid):
    """Does a process still run?  A moment's grace is given."""
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return False
        except OSError:
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    sys.exit(Suite().run())

"""Environments from a seeded generator, and what must be found in each.

A case has one source of credentials that must serve, or one that is wrong so
that none may, and, below it in the order, sources that must not be asked. The
same goes for region and endpoint. So what must be found is known by the order
in which things were put there, and by nothing that looks for it."""

import time

from standin import derive

# Where botocore 1.29, Debian 12's, goes other ways: what of a case is not
# compared with it then, and why.
DISAGREEMENTS = {
    "AWS_REGION": ("region", "botocore does not read it"),
    "region of the instance": ("region", "botocore does not ask for it"),
    "configured endpoint": ("endpoint", "botocore knows none before 1.31"),
    "endpoint given": ("endpoint", "botocore turns FIPS and dual-stack off then"),
    "new partition": ("endpoint", "Debian's botocore has an older list of them"),
    "byte order mark": ("all", "botocore refuses the file"),
    "blanks in brackets": ("all", "botocore keeps them in the name"),
    "duplicate section": ("all", "botocore refuses the file"),
    "broken file": ("all", "botocore has its own idea of that"),
    "AWS_DEFAULT_PROFILE": ("all", "botocore reads it before AWS_PROFILE"),
    "AWS_SECURITY_TOKEN": ("keys", "botocore reads it before AWS_SESSION_TOKEN"),
    "mfa_serial": ("keys", "botocore asks at the terminal"),
    "token file of a container": ("keys", "botocore does not know it before 1.31"),
    "no sso-session": ("endpoint", "botocore makes no client then"),
    "old login": ("keys", "botocore sends it to SSO, which refuses it"),
    "user mapping": ("keys", "botocore has none"),
}

MAPPING, ENVIRONMENT, ROLE, WEB, SSO, CREDENTIALS, PROCESS, CONFIG, CONTAINER, \
    INSTANCE = range(10)
LEVELS = ("user mapping", "environment", "assumed role", "web identity", "SSO",
          "credentials file", "credential_process", "config file", "container",
          "instance metadata")
REGIONS = ("us-east-1", "eu-west-3", "ap-southeast-2", "cn-north-1", "us-gov-west-1",
           "eusc-de-east-1", "us-iso-east-1", "mx-north-7")
SUFFIXES = {"cn-north-1": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
            "eusc-de-east-1": ("amazonaws.eu", "api.amazonwebservices.eu"),
            "us-iso-east-1": ("c2s.ic.gov", "api.aws.ic.gov")}


def moment(rng, seconds):
    """Return a time as AWS, botocore and others write it."""
    return time.strftime(rng.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%SUTC", "%Y-%m-%dT%H:%M:%S.125+00:00",
                                     "%Y-%m-%d %H:%M:%S+0000", "%Y-%m-%dT%H:%M:%S-00", "%Y%m%dT%H%M%SZ",
                                     "%a, %d %b %Y %H:%M:%S GMT"]), time.gmtime(seconds))


class Case:
    """One environment."""

    def __init__(self, number, rng, service):
        """Start with nothing in it."""
        self.number, self.rng, self.url = number, rng, service.url
        self.variables, self.arguments = {}, {}
        self.config, self.credentials = {}, {}    # section: {key: value}
        self.files, self.settings = {}, {"sts": {"accounts": {}, "external_ids": {}, "tokens": {}}}
        self.tags = set()
        self.profile = "default"
        self.keys, self.wrong = None, None        # what must be found, or why not
        self.region, self.endpoint = None, None   # None: an error
        self.level, self.calls = None, False      # calls STS or SSO
        self.settled = True                       # region and endpoint are known
        self.serial = 0

    def key(self, token=None):
        """Return new long-term keys, known to STS; with a token at random."""
        self.serial += 1
        found = derive(self.number, self.serial)
        token = self.rng.random() < 0.3 if token is None else token
        found = found if token else (found[0].replace("ASIA", "AKIA"), found[1], None)
        self.settings["sts"]["accounts"][found[0]] = {"secret": found[1], "token": found[2]}
        return found

    def document(self, **more):
        """Return (document, keys) as agents have them."""
        found = self.key(True)
        return {"AccessKeyId": found[0], "SecretAccessKey": found[1], "Token": found[2],
                "Expiration": moment(self.rng, time.time() + 7200), **more}, found

    def arn(self):
        """Return a new role's ARN."""
        self.serial += 1
        return f"arn:aws:iam::{self.rng.randrange(10**12):012}:role/r{self.number}-{self.serial}"

    def section(self, profile=None):
        """Return a profile's section of the config file."""
        profile = profile or self.profile
        return self.config.setdefault(profile if profile == "default" else "profile " + profile, {})

    # --- a source at each level; each returns the keys that it gives

    def put_mapping(self):
        """Keys of the user mapping."""
        found = self.key()
        self.arguments.update(access_key_id=found[0], secret_access_key=found[1])
        if found[2]:
            self.arguments["session_token"] = found[2]
        self.tags.add("user mapping")
        return found

    def put_environment(self):
        """Keys in variables."""
        found = self.key()
        for name in ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION"):
            self.variables.pop(name, None)
        self.variables.update(AWS_ACCESS_KEY_ID=found[0], AWS_SECRET_ACCESS_KEY=found[1])
        if found[2]:
            self.variables["AWS_SESSION_TOKEN"] = found[2]
            if self.rng.random() < 0.5:
                self.variables["AWS_CREDENTIAL_EXPIRATION"] = moment(self.rng, time.time() + 7200)
            if self.rng.random() < 0.2:
                self.variables["AWS_SECURITY_TOKEN"] = "old"
                self.tags.add("AWS_SECURITY_TOKEN")
        return found

    def put_role(self):
        """A role, or several, over a profile, a source or its own keys."""
        self.calls = True
        names = [self.profile] + [f"source{i}" for i in range(self.rng.randrange(4))]
        arns = [self.take(name) for name in names]
        for name, source in zip(names, names[1:]):
            self.section(name)["source_profile"] = source
        last = self.section(names[-1])
        kind = self.rng.choice(["Environment", "EcsContainer", "Ec2InstanceMetadata", "profile", "self"])
        if kind == "self":
            # keys of its own: for a profile that leads to others they come first
            found = self.key()
            last.update(source_profile=names[-1], aws_access_key_id=found[0], aws_secret_access_key=found[1])
            if found[2]:
                last["aws_session_token"] = found[2]
            if len(names) > 1:
                arns.pop()
        elif kind == "profile":
            last["source_profile"] = "base"
            chosen, self.profile = self.profile, "base"
            found = self.rng.choice([self.put_credentials, self.put_config, self.put_process, self.put_web_profile])()
            self.profile = chosen
        else:
            last["credential_source"] = kind
            found = {"Environment": self.put_environment, "EcsContainer": self.put_container,
                     "Ec2InstanceMetadata": self.put_instance}[kind]()
            if kind == "Environment":
                self.explicit()
        for arn in reversed(arns):
            found = derive("AssumeRole", found[0], arn)
        return found

    def take(self, profile):
        """Let a profile take a role; returns its ARN."""
        arn = self.arn()
        section = self.section(profile)
        section["role_arn"] = arn
        if self.rng.random() < 0.4:
            section["external_id"] = self.settings["sts"]["external_ids"][arn] = f"id-{self.serial}:/=@,x"
        if self.rng.random() < 0.3:
            section["duration_seconds"] = self.rng.choice(["900", "43200", "soon"])
        if self.rng.random() < 0.3:
            section["role_session_name"] = "me=+,.@-"
        return arn

    def put_web(self):
        """A web identity, by variables or the profile."""
        if self.arguments.get("profile") or self.rng.random() < 0.5:
            return self.put_web_profile()
        arn, path, found = self.web()
        self.variables.update(AWS_WEB_IDENTITY_TOKEN_FILE=path, AWS_ROLE_ARN=arn)
        return found

    def put_web_profile(self):
        """A web identity of a profile."""
        arn, path, found = self.web()
        self.section().update(web_identity_token_file=path, role_arn=arn)
        return found

    def web(self):
        """Return (role ARN, token file, keys) of a new web identity."""
        self.calls = True
        arn = self.arn()
        token = f"ey.{self.number}.{self.serial}\n"
        self.files[f"token{self.serial}"] = token
        self.settings["sts"]["tokens"][token] = arn
        return arn, f"HOME/token{self.serial}", derive("AssumeRoleWithWebIdentity", token, arn)

    def put_sso(self):
        """A login."""
        self.calls = True
        document, found = self.document()
        section = self.section()
        shared = {"sso_region": "eu-west-1", "sso_start_url": f"https://x.example/{self.number}"}
        name = shared["sso_start_url"]
        if self.rng.random() < 0.6:
            name = f"login {self.number}" if self.rng.random() < 0.5 else f"login{self.number}"
            self.config["sso-session " + (f'"{name}"' if " " in name else name)] = dict(shared)
            section["sso_session"] = name
            if self.rng.random() < 0.5:
                section.update(shared)
        else:
            section.update(shared)
        section.update(sso_account_id="111122223333", sso_role_name="Read Only")
        self.files["sso:" + name] = '{"accessToken": "bearer-token-1", "expiresAt": "%s"}' % moment(self.rng, time.time() + 7200)
        self.settings["sso"] = {"token": "bearer-token-1", "roles": {"111122223333/Read Only": {
            "accessKeyId": document["AccessKeyId"], "secretAccessKey": document["SecretAccessKey"],
            "sessionToken": document["Token"], "expiration": int(time.time() + 7200) * 1000}}}
        return found

    def put_keys(self, section):
        """Keys in a section of a file."""
        found = self.key()
        section.update(aws_access_key_id=found[0], aws_secret_access_key=found[1])
        if found[2]:
            section["aws_session_token"] = found[2]
        return found

    def put_credentials(self):
        """Keys in the credentials file."""
        return self.put_keys(self.credentials.setdefault(self.profile, {}))

    def put_config(self):
        """Keys in the config file."""
        return self.put_keys(self.section())

    def put_process(self):
        """A program's keys."""
        document, found = self.document(Version=1)
        document["SessionToken"] = document.pop("Token")
        if self.rng.random() < 0.5:
            del document["Expiration"]
        text = "".join(f'"{k}": {v if v == 1 else chr(34) + v + chr(34)}, ' for k, v in document.items())
        name = f"pro gram{self.serial}"
        self.files[name] = "#!/bin/sh\n[ \"$1\" = '-x y' ] && echo '{" + text + '"More": [{}]}' + "'\n"
        self.section()["credential_process"] = f'"HOME/{name}" "-x y"' if self.rng.random() < 0.5 \
            else f"HOME/pro\\ gram{self.serial} '-x y'"
        return found

    def put_container(self):
        """A container's agent."""
        document, found = self.document()
        path = f"/creds/{self.number}?id=1"
        self.settings["container"] = {path: document}
        self.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = self.url + path
        if self.rng.random() < 0.6:
            self.settings["container"]["authorization"] = "Bearer abc"
            self.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Bearer abc"
            if self.rng.random() < 0.4:
                self.files["container"] = "Bearer abc"
                self.variables.update(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="HOME/container",
                                      AWS_CONTAINER_AUTHORIZATION_TOKEN="not this")
                self.tags.add("token file of a container")
        return found

    def put_instance(self):
        """An instance with a role."""
        document, found = self.document(Code="Success", Type="AWS-HMAC")
        self.settings.setdefault("imds", {}).update(role="role-1", document=document,
                                                    token=self.rng.random() < 0.7)
        return found

    def put(self, level):
        """Put a source there."""
        return (self.put_mapping, self.put_environment, self.put_role, self.put_web, self.put_sso, self.put_credentials,
                self.put_process, self.put_config, self.put_container, self.put_instance)[level]()

    def explicit(self):
        """Name the profile where it wins over the environment's keys."""
        self.arguments["profile"] = self.profile

    def implicit(self):
        """Name the profile where the environment's keys win over it."""
        self.arguments.pop("profile", None)
        if self.profile != "default":
            self.variables["AWS_PROFILE"] = self.profile

    # --- the whole environment

    def choose_profile(self):
        """Choose how the profile is named; an explicit one makes the
        environment's keys serve nobody."""
        self.profile = self.rng.choice(["default", "dev", "a.b/c@d", "UPPER"])
        how = self.rng.choice(["variable", "argument"])
        if self.profile != "default" or self.rng.random() < 0.3:
            if how == "variable":
                self.variables["AWS_PROFILE"] = self.profile
            else:
                self.arguments["profile"] = self.profile
        if self.rng.random() < 0.05:
            self.variables["AWS_DEFAULT_PROFILE"] = "no-such-profile"
            self.tags.add("AWS_DEFAULT_PROFILE")
        self.section()

    def put_lower(self, level):
        """Put sources below a level that must not be asked."""
        taken = set(self.section())
        for lower in range(level + 1, INSTANCE + 1):
            if self.rng.random() < 0.5 or lower == ROLE and level >= ENVIRONMENT or lower == WEB and level > ENVIRONMENT:
                continue
            if lower == CONTAINER and "container" in self.settings or lower == INSTANCE and "imds" in self.settings:
                continue
            if lower < CONTAINER and level == ROLE and "aws_access_key_id" in taken:
                continue
            calls = self.calls
            self.put(lower)
            self.calls = calls

    def put_region(self):
        """Choose a region, and where it is said."""
        region = self.rng.choice(REGIONS)
        order = ["argument", "AWS_REGION", "AWS_DEFAULT_REGION", "profile", "instance", "nowhere"]
        first = self.rng.choice(order[:4] * 4 + order[4:])
        if self.calls and first in ("nowhere", "instance"):
            first = "profile"
        others = [w for w in order[order.index(first) + 1:5] if self.rng.random() < 0.4]
        for where, value in [(first, region)] + [(w, "eu-wrong-1") for w in others]:
            if where == "argument":
                self.arguments["region"] = value
            elif where == "profile":
                self.section()["region"] = value
            elif where == "instance":
                self.settings.setdefault("imds", {})["region"] = value
            elif where != "nowhere":
                self.variables[where] = value
        if first == "AWS_REGION":
            self.tags.add("AWS_REGION")
        if first == "instance":
            self.tags.add("region of the instance")
        self.region = None if first == "nowhere" else region

    def put_endpoint(self):
        """Choose an endpoint, and where it is said."""
        order = ["argument", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL", "services", "profile", "none"]
        first = self.rng.choice(order + ["none"] * 7)
        others = [w for w in order[order.index(first) + 1:5] if self.rng.random() < 0.3]
        places = [(first, "https://vpce-1.ssm.example/base")] + [(w, "https://wrong.example") for w in others]
        ignored = not self.calls and first != "argument" and self.rng.random() < 0.2
        if ignored:
            self.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "TRUE"
        for where, value in places:
            if where == "argument":
                self.arguments["endpoint_url"] = value
                self.tags.add("endpoint given")
            elif where == "services":
                self.section()["services"] = "mine"
                self.config["services mine"] = {"ssm": f"\n  endpoint_url = {value}", "ec2": "\n  endpoint_url = https://x.example"}
            elif where == "profile":
                self.section()["endpoint_url"] = value
            elif where != "none":
                self.variables[where] = value
        custom = first != "none" and not ignored
        if first != "none" and not ignored:
            self.tags.add("configured endpoint")
        flags = [] if self.calls else [f for f in ("fips", "dualstack") if self.rng.random() < 0.25]
        for flag in flags:
            where = self.rng.choice(["variable", "profile"])
            if where == "variable":
                self.variables[f"AWS_USE_{flag.upper()}_ENDPOINT"] = "True"
            else:
                self.section()[f"use_{flag}_endpoint"] = "true"
        if self.region in ("eusc-de-east-1", "us-iso-east-1"):
            self.tags.add("new partition")
        if custom:
            self.endpoint = None if flags else "https://vpce-1.ssm.example/base/"
        elif self.region:
            plain, dual = SUFFIXES.get(self.region, ("amazonaws.com", "api.aws"))
            fips = "fips" in flags and (self.region != "us-gov-west-1" or "dualstack" in flags)
            self.endpoint = f"https://ssm{'-fips' if fips else ''}.{self.region}." \
                f"{dual if 'dualstack' in flags else plain}/"

    def text(self, sections, home):
        """Return an INI file, written in one of many styles."""
        rng, lines = self.rng, []
        indent, end = rng.choice(["", "", "  ", "    ", "\t"]), rng.choice(["\n", "\n", "\r\n"])
        for name, values in sections.items():
            if rng.random() < 0.05 and name not in ("default",):
                name, _ = "  " + name + "\t", self.tags.add("blanks in brackets")
            lines += rng.choice([[], ["# a comment = not a value"], ["", indent + "  ; [default]"]])
            lines.append(f"[{name}]" + rng.choice(["", "", "  "]))
            items = list(values.items())
            rng.shuffle(items)
            for i, (key, value) in enumerate(items):
                if i and rng.random() < 0.01 and "\n" not in value:
                    lines.append(f"[{name}]")
                    self.tags.add("duplicate section")
                key = key.upper() if rng.random() < 0.1 and "\n" not in value else key
                equals = rng.choice(["=", " = ", "= ", " =\t", ":", ": "])
                value = value.replace("HOME", home).replace("\n", "\n" + indent)
                lines.append(indent + key + equals.rstrip(" " if "\n" in value else "") + value)
                lines += rng.choice([[], [], [""], [indent + rng.choice(["", "\t"]) + "# a comment"]])
        mark = "\ufeff" if rng.random() < 0.03 else ""
        if mark:
            self.tags.add("byte order mark")
        return mark + end.join("\n".join(lines).split("\n")) + end


def fill(case, level):
    """Make a case whose credentials are found at a level."""
    case.level = LEVELS[level]
    case.choose_profile()
    if level == ENVIRONMENT:
        case.implicit()
    elif level > ENVIRONMENT and case.arguments.get("profile") and case.rng.random() < 0.5:
        case.put_environment()
        case.tags.discard("AWS_SECURITY_TOKEN")
    case.keys = case.put(level)
    case.put_lower(level)
    case.put_region()
    case.put_endpoint()

"""Environments from the seeded generator in which no credentials may be found:
a source that is configured, but wrong, and below it others that would serve."""

import time

from cases import CONFIG, CREDENTIALS, ENVIRONMENT, INSTANCE, LEVELS, MAPPING, PROCESS, ROLE, SSO, WEB, \
    CONTAINER
from standin import iso


def half_environment(case):
    """A key id without its secret."""
    case.put_environment()
    del case.variables["AWS_SECRET_ACCESS_KEY"]
    return "environment: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"


def expired_environment(case):
    """Keys that have expired."""
    case.put_environment()
    case.variables["AWS_CREDENTIAL_EXPIRATION"] = iso(time.time() - 60)
    return "environment: the keys have expired"


def no_profile(case):
    """AWS_PROFILE names a profile that is not there."""
    case.variables["AWS_PROFILE"] = "none-such"
    case.arguments.pop("profile", None)
    case.settled = False
    case.put_environment()
    return 'profile "none-such" is neither in'


def no_given_profile(case):
    """The mapping names a profile that is not there."""
    case.arguments["profile"] = "none-such"
    case.settled = False
    case.variables.pop("AWS_PROFILE", None)
    return 'profile "none-such" is neither in'


def half_credentials(case):
    """A key in the credentials file whose secret is in the other file."""
    secret = case.put_credentials()[1]
    del case.credentials[case.profile]["aws_secret_access_key"]
    if case.rng.random() < 0.5:
        case.section()["aws_secret_access_key"] = secret
    return "has aws_access_key_id, but no aws_secret_access_key in the same file"


def half_config(case):
    """A key in the config file without its secret."""
    case.put_config()
    del case.section()["aws_secret_access_key"]
    return "has aws_access_key_id, but no aws_secret_access_key in the same file"


def two_sources(case):
    """A role with both kinds of source."""
    case.take(case.profile)
    case.section().update(source_profile=case.profile, credential_source="Environment")
    case.put_config()
    return "has both source_profile and credential_source"


def no_source(case):
    """A role without a source."""
    case.take(case.profile)
    return "has role_arn, but neither source_profile nor credential_source"


def loop(case):
    """Roles that lead back to the first."""
    names = [case.profile, "x", "y", "z"][:case.rng.randrange(2, 5)]
    for name, source in zip(names, names[1:] + names[:1]):
        case.take(name)
        case.section(name)["source_profile"] = source
    return "which leads back to it"


def self_without_keys(case):
    """A role by its own profile, which has no keys."""
    case.take(case.profile)
    case.section()["source_profile"] = case.profile
    return "which leads back to it"


def no_source_profile(case):
    """A source profile that is not there."""
    case.take(case.profile)
    case.section()["source_profile"] = "none-such"
    return 'has the source_profile "none-such", which does not exist'


def empty_source_profile(case):
    """A source profile without credentials."""
    case.take(case.profile)
    case.section()["source_profile"] = "empty"
    case.section("empty")["region"] = "us-east-1"
    return 'profile "empty" is a source_profile, but has no credentials'


def strange_source(case):
    """A credential_source that does not exist, in this spelling."""
    case.take(case.profile)
    case.section()["credential_source"] = case.rng.choice(["environment", "ECSContainer", "Shell"])
    case.put_environment()
    case.explicit()
    return "has a credential_source other than"


def empty_source(case):
    """A credential_source without credentials."""
    case.take(case.profile)
    case.section()["credential_source"] = case.rng.choice(["Environment", "EcsContainer"])
    return "has a credential_source without credentials"


def mfa(case):
    """A role that needs a code."""
    case.take(case.profile)
    case.section().update(source_profile=case.profile, mfa_serial="arn:aws:iam::111122223333:mfa/me")
    case.put_config()
    case.tags.add("mfa_serial")
    return "has mfa_serial"


def denied(case):
    """A role that STS does not give."""
    case.put_role()
    for arn in [s["role_arn"] for s in case.config.values() if "role_arn" in s]:
        case.settings["sts"]["external_ids"][arn] = "another"
    case.settings["sts"]["tokens"] = {}
    return "failed: (AccessDenied|InvalidIdentityToken)"


def web_without_role(case):
    """A web identity without a role."""
    case.put_web()
    case.variables.pop("AWS_ROLE_ARN", None)
    case.section().pop("role_arn", None)
    return "web identity: a token file is set, but neither AWS_ROLE_ARN nor role_arn"


def web_without_file(case):
    """A web identity whose file is gone."""
    case.put_web()
    case.files.clear()
    return "web identity: could not read"


def half_sso(case):
    """A login without its region or role."""
    case.put_sso()
    missing = case.rng.choice(["sso_region", "sso_role_name", "sso_account_id", "sso_start_url"])
    for section in case.config.values():
        section.pop(missing, None)
    return f"uses SSO, but {missing} is not set"


def other_sso(case):
    """A profile and its sso-session that differ."""
    case.put_sso()
    case.config["sso-session two"] = {"sso_region": "us-west-2", "sso_start_url": "https://two.example"}
    case.section().update(sso_session="two", sso_region="us-west-1")
    return "sso_region differs between profile|sso_start_url differs between profile"


def no_sso_session(case):
    """An sso-session that is not there."""
    case.put_sso()
    case.section()["sso_session"] = "none-such"
    case.tags.add("no sso-session")
    return 'names the sso-session "none-such", which does not exist'


def old_sso(case):
    """A login of yesterday."""
    case.put_sso()
    for name in [n for n in case.files if n.startswith("sso:")]:
        case.files[name] = '{"accessToken": "bearer-token-1", "expiresAt": "%s"}' % iso(time.time() - 86400)
    case.tags.add("old login")
    return "SSO: the SSO token has expired"


def bad_process(case):
    """A program that fails, or says something else."""
    case.put_process()
    name, = [n for n in case.files if n.startswith("pro")]
    case.files[name] = case.rng.choice(["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho '{}'\n", "#!/bin/sh\necho x\n",
                                        case.files[name].replace('"Version": 1', '"Version": 2')])
    return "credential_process: "


def other_container(case):
    """An agent on a host that may not be asked."""
    case.put_container()
    case.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://192.0.2.7/creds"
    return "which may be asked with https only"


def no_role(case):
    """An instance without a role, or one that EC2 may not take."""
    if case.rng.random() < 0.5:
        case.settings["imds"] = {"role": None}
        return "; instance metadata: the instance has no role$"
    case.settings["imds"] = {"role": "r", "document": {"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot"}}
    return '; instance metadata: the instance\'s role "r": AssumeRoleUnauthorizedAccess: EC2 cannot$'


def nothing(case):
    """Nothing at all."""
    case.variables["AWS_EC2_METADATA_DISABLED"] = case.rng.choice(["true", "TRUE"])
    return ("user mapping: .*; (environment: .*; web identity: .*; )?profile .*; container: .*; "
            "instance metadata: AWS_EC2_METADATA_DISABLED is true$")


def not_allowed(case):
    """Everything, but nothing may be used."""
    case.implicit()
    for level in (ENVIRONMENT, CREDENTIALS, PROCESS, CONTAINER, INSTANCE):
        case.put(level)
    case.arguments["ambient"] = "0"
    case.tags.add("user mapping")
    return "ambient_credentials is off$"


def half_mapping(case):
    """Half a key, and no leave to use others."""
    case.put_environment()
    case.implicit()
    case.arguments.update(access_key_id="AKIDX", ambient="0")
    case.tags.add("user mapping")
    return "user mapping: secret_access_key is not set; .*ambient_credentials is off$"


def broken_file(case):
    """A file that no profile can be read from."""
    case.config["profile broken"] = {"region": "x\nno equals sign"}
    case.tags.add("broken file")
    case.settled = False
    return "AWS file "


# The level at which each is wrong, so that sources below it may be put.
FAILURES = {
    half_environment: ENVIRONMENT, expired_environment: ENVIRONMENT, no_profile: MAPPING, no_given_profile: ENVIRONMENT,
    half_credentials: CREDENTIALS, half_config: CONFIG, two_sources: ROLE, no_source: ROLE, loop: ROLE,
    self_without_keys: ROLE, no_source_profile: ROLE, empty_source_profile: ROLE, strange_source: ROLE,
    empty_source: ROLE, mfa: ROLE, denied: ROLE, web_without_role: WEB, web_without_file: WEB, half_sso: SSO,
    other_sso: SSO, no_sso_session: SSO, old_sso: SSO, bad_process: PROCESS, other_container: CONTAINER,
    no_role: INSTANCE, nothing: INSTANCE, not_allowed: INSTANCE, half_mapping: INSTANCE, broken_file: INSTANCE,
}

# These are spoiled by what else could stand in the profile or the instance.
ALONE = (two_sources, self_without_keys, mfa, loop, no_profile, no_given_profile, half_credentials, half_config, empty_source,
         no_role)


def fail(case, failure):
    """Make a case that must fail in one way."""
    level = FAILURES[failure]
    case.level = LEVELS[level]
    case.choose_profile()
    if level == ENVIRONMENT:
        case.implicit()
    case.wrong = failure(case)
    if failure not in ALONE:
        case.put_lower(level)
    case.calls = True
    case.put_region()
    case.put_endpoint()

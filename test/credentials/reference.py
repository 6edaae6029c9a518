"""What botocore finds in an environment."""

import os

import botocore.credentials
import botocore.loaders
import botocore.session
import botocore.tokens
import botocore.utils
from botocore.exceptions import BotoCoreError, ClientError

botocore.utils.ContainerMetadataFetcher.SLEEP_TIME = 0
LOADER = botocore.loaders.create_loader()


class Session(botocore.session.Session):
    """A session that asks the stand-in in place of STS and SSO."""

    def create_client(self, service_name, *arguments, **more):
        """Make a client as usual, but for another host."""
        if service_name in ("sts", "sso"):
            more.update(endpoint_url=self.stand_in, use_ssl=False)
        return super().create_client(service_name, *arguments, **more)


def look(variables, case):
    """Return (keys or None, region, endpoint or None) by botocore."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    cache = os.path.join(variables["HOME"], ".aws/sso/cache")
    botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = cache
    botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    try:
        session = Session(profile=case.arguments.get("profile"))
        session.stand_in = case.url
        session.register_component("data_loader", LOADER)
        return find_keys(session, case), *find_endpoint(session, case)
    finally:
        os.environ.clear()
        os.environ.update(before)


def find_keys(session, case):
    """Return the credentials that botocore comes to, or None."""
    if "mfa_serial" in case.tags:
        return None
    try:
        resolver = botocore.credentials.create_credential_resolver(
            session, region_name=case.region or "us-east-1")
        found = resolver.load_credentials()
        return found and tuple(found.get_frozen_credentials())[:3]
    except (BotoCoreError, ClientError, OSError, ValueError, KeyError, RuntimeError):
        return None


def find_endpoint(session, case):
    """Return (region, URL of SSM), either None."""
    region = case.arguments.get("region")
    try:
        region = region or session.get_config_variable("region")
        session.set_credentials("a", "b")
        client = session.create_client("ssm", region_name=case.region or region)
        return region, client.meta.endpoint_url + "/"
    except BotoCoreError:
        return region, None

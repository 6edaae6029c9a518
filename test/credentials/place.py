"""One environment: variables and files below a home directory of its own, and
what build/unit/resolve finds there."""

import json
import os
import shutil
import subprocess
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
RESOLVE = os.path.join(TOP, "build/unit/resolve")


class Place:
    """A home directory, removed at the end of a with block."""

    def __init__(self):
        """Make it."""
        self.home = tempfile.mkdtemp(prefix="ssm_fdw-")

    def __enter__(self):
        """Return it."""
        return self

    def __exit__(self, *_):
        """Remove it."""
        shutil.rmtree(self.home)

    def write(self, path, text, mode=0o600):
        """Write a file; returns its whole path."""
        path = os.path.join(self.home, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def variables(self, variables, service=None):
        """Return all variables; none leads to a real service."""
        result = {"HOME": self.home, "PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"}
        if service:
            result.update(AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url,
                          AWS_ENDPOINT_URL_STS=service.url, AWS_ENDPOINT_URL_SSO=service.url,
                          AWS_ENDPOINT_URL_SSO_OIDC=service.url)
        else:
            result["AWS_EC2_METADATA_DISABLED"] = "true"
        result.update(variables)
        return {name: value for name, value in result.items() if value is not None}

    def start(self, variables=None, arguments=None, service=None, **more):
        """Start resolve; returns the process."""
        command = [RESOLVE, *(f"{k}={v}" for k, v in (arguments or {}).items())]
        return subprocess.Popen(command, env=self.variables(variables or {}, service),
                                stdout=subprocess.PIPE, text=True, **more)

    def resolve(self, variables=None, arguments=None, service=None, **more):
        """Return what resolve prints."""
        process = self.start(variables, arguments, service, **more)
        text = process.communicate(timeout=100)[0]
        if process.returncode != 0:
            raise RuntimeError(f"resolve ended with {process.returncode}: {text}")
        return json.loads(text)


def keys(result):
    """Return the credentials that resolve printed, or its message."""
    if "error" in result:
        return result["error"]["message"]
    return result.get("access_key_id"), result.get("secret_access_key"), \
        result.get("session_token")

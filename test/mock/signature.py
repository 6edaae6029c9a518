"""Judges a request's signature: recomputes it, by botocore's signer, from
what was received."""

import hmac
import re
import sys
from datetime import datetime, timedelta, timezone

# half of what it takes to start: botocore would load these, and works without
sys.modules.setdefault("awscrt", None)
sys.modules.setdefault("OpenSSL", None)

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from validation import Rejected

FORMAT = "%Y%m%dT%H%M%SZ"
TOLERANCE = timedelta(minutes=5)
MUST_SIGN = {"host", "x-amz-date", "x-amz-target", "content-type"}
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([^/, ]+)/([^/, ]+)/"
    r"aws4_request, ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{64})")


def verify(request, settings, now, operation):
    """Raise Rejected unless the request is signed by an account of the
    settings that may call the operation, for this service, within five minutes
    of now (epoch seconds)."""
    text = request.header("authorization")
    if text is None:
        raise Rejected("MissingAuthenticationTokenException",
                       "Missing Authentication Token")
    match = AUTHORIZATION.fullmatch(text)
    if not match:
        raise Rejected("IncompleteSignatureException",
                       "Authorization header is not in the form of SigV4")
    key, day, region, service, names, signature = match.groups()
    stamp = request.header("x-amz-date") or ""
    if not re.fullmatch(r"\d{8}T\d{6}Z", stamp):
        raise Rejected("IncompleteSignatureException",
                       "X-Amz-Date is missing or not in ISO 8601 basic format")
    check_scope(settings, day, region, service, stamp)
    account = find_account(request, settings, key)
    signed = names.split(";")
    check_headers(request, signed)
    check_clock(stamp, now)
    expected = compute(request, signed, Credentials(key, account["secret"]),
                       service, region, stamp)
    if not hmac.compare_digest(expected, signature):
        raise Rejected("InvalidSignatureException", (
            "The request signature we calculated does not match the signature "
            "you provided. Check your AWS Secret Access Key and signing "
            "method. Consult the service documentation for details."))
    if account.get("expired"):
        raise Rejected("ExpiredTokenException",
                       "The security token included in the request is expired")
    if account.get("denied") or operation in settings.denied:
        raise Rejected("AccessDeniedException", (
            "User: arn:aws:iam::123456789012:user/" + key.lower()
            + f" is not authorized to perform: ssm:{operation} on "
            f"resource: arn:aws:ssm:{region}:123456789012:* because no "
            f"identity-based policy allows the ssm:{operation} action"))


def check_scope(settings, day, region, service, stamp):
    """Raise Rejected unless the credential scope fits."""
    if service != "ssm":
        raise Rejected("InvalidSignatureException",
                       "Credential should be scoped to correct service: 'ssm'.")
    if day != stamp[:8]:
        raise Rejected("InvalidSignatureException",
                       "Date in Credential scope does not match YYYYMMDD from "
                       f"ISO-8601 version of date from HTTP: '{day}' != "
                       f"'{stamp[:8]}', from '{stamp}'.")
    if settings.region and region != settings.region:
        raise Rejected("InvalidSignatureException",
                       "Credential should be scoped to a valid region.")


def find_account(request, settings, key):
    """Return the account (a dict) of an access key; Rejected if there is
    none or its session token is not the one received."""
    account = settings.accounts.get(key)
    if isinstance(account, str):
        account = {"secret": account}
    token = request.header("x-amz-security-token")
    if account is None or account.get("session_token") != token:
        raise Rejected("UnrecognizedClientException",
                       "The security token included in the request is invalid.")
    return account


def check_headers(request, signed):
    """Raise Rejected unless all headers that must be signed are."""
    needed = set(MUST_SIGN)
    if request.header("x-amz-security-token") is not None:
        needed.add("x-amz-security-token")
    missing = sorted(needed.difference(signed))
    if missing or signed != sorted(signed):
        raise Rejected("InvalidSignatureException",
                       "these headers must be signed, in order: "
                       + ", ".join(missing or sorted(signed)))


def check_clock(stamp, now):
    """Raise Rejected unless the request's time is close to the service's."""
    try:
        sent = datetime.strptime(stamp, FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        raise Rejected("IncompleteSignatureException",
                       "X-Amz-Date is not a date") from None
    now = datetime.fromtimestamp(int(now), timezone.utc)
    here = now.strftime(FORMAT)
    if sent < now - TOLERANCE:
        raise Rejected("InvalidSignatureException",
                       f"Signature expired: {stamp} is now earlier than "
                       f"{(now - TOLERANCE).strftime(FORMAT)} ({here} - 5 min.)")
    if sent > now + TOLERANCE:
        raise Rejected("InvalidSignatureException",
                       f"Signature not yet current: {stamp} is still later than "
                       f"{(now + TOLERANCE).strftime(FORMAT)} ({here} + 5 min.)")


def compute(request, signed, credentials, service, region, stamp):
    """Return the hex signature of the request as received, over the headers
    whose names were signed."""
    received = AWSRequest(method=request.method, data=request.body,
                          url="http://" + (request.header("host") or "")
                          + request.path)
    for name, value in request.headers:
        if name in signed:
            received.headers.add_header(name, value)
    received.context["timestamp"] = stamp
    signer = SigV4Auth(credentials, service, region)
    canonical = signer.canonical_request(received)
    return signer.signature(signer.string_to_sign(received, canonical), received)

"""What openstacksdk reads from clouds.yaml and OS_*: one JSON document per line in, one per line out. Sends nothing."""
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")
import logging

logging.disable(logging.CRITICAL)
from openstack.config import OpenStackConfig

SERVICES = ["identity", "compute", "block-storage", "placement", "network", "image"]
OWN = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}


class Captured(Exception):
    """Raised with the body of the request for a token."""


class Session:
    def post(self, url, json=None, **kwargs):
        raise Captured(json)


def token_request(region):
    plugin = region._auth
    if hasattr(plugin, "create_plugin"):
        plugin = plugin.create_plugin(None, (3, 0), region.config["auth"].get("auth_url"))
    try:
        plugin.get_auth_ref(Session())
    except Captured as body:
        return body.args[0]


def read(case):
    os.environ.clear()
    os.environ.update(OWN)
    os.environ.update(case["environment"])
    files = {name: [os.path.join(case["directory"], name + ".yaml")] for name in ("clouds", "secure", "clouds-public")}
    config = OpenStackConfig(
        config_files=files["clouds"], secure_files=files["secure"], vendor_files=files["clouds-public"]
    )
    region = config.get_one(cloud=case.get("cloud"), region_name=case.get("region"), **case.get("completed", {}))
    verify, cert = region.get_requests_verify_args()
    return {
        "name": region.name,
        "body": token_request(region),
        "authUrl": region.config["auth"].get("auth_url"),
        "region": region.region_name,
        "interface": region.get_interface(),
        "services": {
            service: {
                "region": region.get_region_name(service),
                "interface": region.get_interface(service),
                "endpoint": region.get_endpoint(service),
            }
            for service in SERVICES
        },
        "verify": verify,
        "cert": cert,
    }


for line in sys.stdin:
    try:
        answer = read(json.loads(line))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)

"""The seed workload of the strategy lab for Locust: the same against every server.

    locust -f benches/locust/locustfile.py --host http://localhost:4001 \
           --headless -u 100 -r 10 -t 2m

`--host` is session-server (4001), jwt-server (4002) or oauth-server (4003), started with
`--verification optional --limits off`: each user registers an account of its own. How the
credential travels, `GET /strategy` tells. A base path other than /api/auth goes into
LAB_BASE_PATH.
"""

import os
import uuid

from locust import HttpUser, between, task

BASE = os.environ.get("LAB_BASE_PATH", "/api/auth")
PASSWORD = "analytical engine no. 1"


class SignedInUser(HttpUser):
    """Reads its profile five times as often as it signs out and in again."""

    abstract = True

    def on_start(self):
        about = self.client.get(BASE + "/strategy").json()
        self.bearer = about["token_type"] == "Bearer"
        self.name = "locust-" + uuid.uuid4().hex[:16]
        self.client.post(
            BASE + "/register",
            json={
                "first_name": "Ada",
                "last_name": "Lovelace",
                "username": self.name,
                "email": self.name + "@example.org",
                "password": PASSWORD,
            },
        )
        self.sign_in()

    def sign_in(self):
        form = {"identifier": self.name, "password": PASSWORD}
        answer = self.client.post(BASE + "/login", json=form)
        # A cookie is kept by the client itself.
        if self.bearer and answer.ok:
            token = answer.json()["access_token"]
            self.client.headers["Authorization"] = "Bearer " + token

    @task(5)
    def profile(self):
        self.client.get(BASE + "/profile")

    @task(1)
    def sign_out_and_in(self):
        self.client.post(BASE + "/logout")
        self.client.headers.pop("Authorization", None)
        self.sign_in()


class LeisurelyUser(SignedInUser):
    wait_time = between(1, 3)


class HurriedUser(SignedInUser):
    wait_time = between(0.1, 0.5)

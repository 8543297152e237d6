"""Prints hashes of one password by the real libraries, one a line: a name and the hash, with a
tab between.

    python3 make.py PASSWORD, where werkzeug, Django, bcrypt and argon2-cffi can be imported.

Keycloak's are made by the standard library and argon2-cffi, in the form of its exports.
"""

import base64
import hashlib
import json
import sys

import argon2.low_level
import bcrypt
import django.contrib.auth.hashers as hashers
from django.conf import settings
from werkzeug.security import generate_password_hash

HASHERS = [
    "PBKDF2PasswordHasher",
    "PBKDF2SHA1PasswordHasher",
    "Argon2PasswordHasher",
    "BCryptSHA256PasswordHasher",
    "BCryptPasswordHasher",
    "ScryptPasswordHasher",
]

WERKZEUG = [
    ("scrypt", 16),
    ("scrypt:1024:8:2", 16),
    ("pbkdf2:sha256:600000", 16),
    ("pbkdf2:sha1:1000", 16),
    ("pbkdf2:sha512:1000", 16),
    ("pbkdf2:sha256:1000", 8),
]


def hashes(password):
    for method, salt_length in WERKZEUG:
        yield f"werkzeug {method}", generate_password_hash(password, method, salt_length)
    # No library hashes more by bcrypt itself; some refuse to.
    read = password.encode()[:72]
    for hasher in hashers.get_hashers():
        hashed = read.decode() if hasher.algorithm == "bcrypt" else password
        # Less than its defaults, which would have tests take minutes.
        hasher.iterations, hasher.rounds = 20_000, 6
        yield f"django {hasher.algorithm}", hasher.encode(hashed, hasher.salt())
    for version, rounds in [(b"2b", 10), (b"2a", 5)]:
        salted = bcrypt.hashpw(read, bcrypt.gensalt(rounds, version))
        yield f"bcrypt {version.decode()}", salted.decode()
    for algorithm, digest, length in [
        ("pbkdf2", "sha1", 64),
        ("pbkdf2-sha256", "sha256", 64),
        ("pbkdf2-sha512", "sha512", 64),
    ]:
        salt = bytes(range(16))
        value = hashlib.pbkdf2_hmac(digest, password.encode(), salt, 27500, length)
        data = {"hashIterations": 27500, "algorithm": algorithm, "additionalParameters": {}}
        yield f"keycloak {algorithm}", keycloak(salt, value, data)
    value = argon2.low_level.hash_secret_raw(
        password.encode(), salt, 5, 7168, 1, 32, argon2.low_level.Type.ID
    )
    parameters = {"hashLength": "32", "memory": "7168", "type": "id", "version": "1.3", "parallelism": "1"}
    data = {
        "hashIterations": 5,
        "algorithm": "argon2",
        "additionalParameters": {name: [value] for name, value in parameters.items()},
    }
    yield "keycloak argon2", keycloak(salt, value, data)


def keycloak(salt, value, data):
    secret = {name: base64.b64encode(part).decode() for name, part in [("value", value), ("salt", salt)]}
    secret["additionalParameters"] = {}
    parts = {"secretData": json.dumps(secret), "credentialData": json.dumps(data)}
    return json.dumps({"type": "password", **parts})


settings.configure(PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}" for name in HASHERS])
for name, hash in hashes(sys.argv[1]):
    print(name, hash, sep="\t")

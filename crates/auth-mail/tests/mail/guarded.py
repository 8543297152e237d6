"""A Maildir behind a login, for aiosmtpd."""

from base64 import b64decode

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult


class Guarded(Mailbox):
    async def auth_PLAIN(self, server, args):
        known = b64decode(args[1]) == b"\0ada@example.org\0p/w:x"
        return AuthResult(success=known, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        if not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        return "250 OK"

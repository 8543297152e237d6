//! The account that servers run under.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::process::geteuid;

/// What Debian and every other system calls the account that owns nothing.
const NOBODY: &str = "nobody";

/// The account of a server whose tests run as root. PostgreSQL refuses to run as root, and
/// nothing that listens without a password should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to change to; none when this process is not root.
    pub(crate) fn for_servers() -> Result<Option<Self>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let nobody = Self::named(NOBODY, &accounts);
        let nobody = nobody.context("servers cannot run as root, and there is no user nobody")?;
        Ok(Some(nobody))
    }

    /// Gives a path to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot give {} to the user {NOBODY}", path.display()))
    }

    /// Makes a command run under this account.
    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Finds an account in the lines of passwd(5).
    fn named(name: &str, accounts: &str) -> Option<Self> {
        let mut lines = accounts.lines().map(|line| line.split(':'));
        let mut fields = lines.find_map(|mut line| (line.next()? == name).then_some(line))?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Self { uid, gid })
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\nnobodyx:x:1:2::/:\nnobody:x:65534:65533:n:/:\n";
        let (uid, gid) = (65534, 65533);
        assert_eq!(Account::named("nobody", passwd), Some(Account { uid, gid }));
        assert_eq!(Account::named("body", passwd), None);
    }
}

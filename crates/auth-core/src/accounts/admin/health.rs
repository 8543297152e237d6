//! How the parts of a server do that do work of their own.

use super::Admin;

/// How a part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartHealth {
    /// Its name.
    pub name: &'static str,
    /// Whether it keeps up.
    pub ok: bool,
}

impl Admin {
    /// How the mail queue, the threads that hash passwords and what is kept of the stores do. What
    /// can't be asked does not do well.
    pub async fn health(&self) -> Vec<PartHealth> {
        let now = self.sessions.now();
        let behind = self.stores.outbox.is_behind(now).await;
        let mut parts = vec![
            PartHealth {
                name: "mail_queue",
                ok: behind.is_ok_and(|behind| !behind),
            },
            PartHealth {
                name: "hash_queue",
                ok: !self.hasher.is_crowded(),
            },
        ];
        // Where nothing tells of changes, nothing is kept, and there is nothing to follow.
        let logs = [self.stores.users.changes(), self.sessions.changes()];
        let mut followed = logs.into_iter().flatten().peekable();
        if followed.peek().is_some() {
            let mut ok = true;
            for log in followed {
                ok &= log.catch_up().await.is_ok();
            }
            parts.push(PartHealth { name: "leases", ok });
        }
        parts
    }
}
